#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "tools/verify/checkpoint.h"

namespace orderflow::verify {

// A checkpoint as lines of text, ended by their count. Pure.
std::string CheckpointText(const Checkpoint& checkpoint);
// kDataLoss: cut off, damaged, or written by another version.
absl::StatusOr<Checkpoint> ParseCheckpoint(const std::string& text);

struct StoredCheckpoint {
  Checkpoint checkpoint;    // empty when there is no such file, or it is damaged
  std::string damage = {};  // why it is of no use; empty: nothing is wrong
};
// kUnavailable: it cannot be read.
absl::StatusOr<StoredCheckpoint> LoadCheckpoint(const std::string& path);
absl::Status SaveCheckpoint(const std::string& path, const Checkpoint& checkpoint);

}  // namespace orderflow::verify
