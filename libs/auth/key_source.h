#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace orderflow::auth {

// Where a JSON Web Key Set is: a file or a URL.
struct KeySource {
  std::string file;
  std::string url{};               // https only: whoever can change the answer can issue tokens
  std::string authorities_file{};  // PEM, for the URL; empty: those of the system
  Duration timeout{std::chrono::seconds(5)};
};

// The text found there, of at most 256 KiB. Follows no redirect and uses no proxy. kUnavailable
// with what was tried. Blocks.
absl::StatusOr<std::string> ReadKeySet(const KeySource& source);

}  // namespace orderflow::auth
