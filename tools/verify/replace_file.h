#pragma once

#include <string>

#include "absl/status/status.h"

namespace orderflow::verify {

// Puts `content` in place of the file: readers see the old or the new one, never a part, also after
// a power loss. The folder must exist. kUnavailable: it cannot be written.
absl::Status ReplaceFile(const std::string& path, const std::string& content);

}  // namespace orderflow::verify
