#include "tools/verify/replace_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

#include "fmt/format.h"

namespace orderflow::verify {

absl::Status ReplaceFile(const std::string& path, const std::string& content) {
  const std::string next = path + ".new";
  {
    std::ofstream file(next, std::ios::binary | std::ios::trunc);
    file << content;
    file.close();
    if (!file) {
      return absl::UnavailableError(fmt::format(
          "{} cannot be written: {}; check the folder and its space", next, std::strerror(errno)));
    }
  }
  if (std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(
        fmt::format("{} cannot be replaced: {}", path, std::strerror(errno)));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::verify
