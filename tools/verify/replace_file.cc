#include "tools/verify/replace_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "fmt/format.h"
#include "libs/base/status_macros.h"

namespace orderflow::verify {
namespace {

absl::Status Failed(const std::string& path, const char* what) {
  return absl::UnavailableError(fmt::format("{} cannot be {}: {}; check the folder and its space",
                                            path, what, std::strerror(errno)));
}

// An open file or folder. Not threadsafe.
class OpenFile {
 public:
  OpenFile(const std::string& path, int flags)
      : path_(path), descriptor_(open(path.c_str(), flags | O_CLOEXEC, 0666)) {}
  ~OpenFile() {
    if (is_open()) {
      close(descriptor_);
    }
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool is_open() const { return descriptor_ >= 0; }

  absl::Status Write(std::string_view content) const {
    while (!content.empty()) {
      const ssize_t written = write(descriptor_, content.data(), content.size());
      if (written < 0 && errno != EINTR) {
        return Failed(path_, "written");
      }
      content.remove_prefix(written < 0 ? 0 : static_cast<size_t>(written));
    }
    return absl::OkStatus();
  }

  absl::Status Sync() const {
    return fsync(descriptor_) == 0 ? absl::OkStatus() : Failed(path_, "synced");
  }

 private:
  const std::string path_;
  const int descriptor_;
};

absl::Status WriteAndSync(const std::string& path, const std::string& content) {
  const OpenFile file(path, O_WRONLY | O_CREAT | O_TRUNC);
  if (!file.is_open()) {
    return Failed(path, "written");
  }
  RETURN_IF_ERROR(file.Write(content));
  return file.Sync();
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, const std::string& content) {
  const std::string next = path + ".new";
  // Without the sync, a power loss could leave the new name on an empty file.
  RETURN_IF_ERROR(WriteAndSync(next, content));
  if (std::rename(next.c_str(), path.c_str()) != 0) {
    return Failed(path, "replaced");
  }
  const std::filesystem::path parent = std::filesystem::path(path).parent_path();
  const OpenFile folder(parent.empty() ? "." : parent.string(), O_RDONLY | O_DIRECTORY);
  return folder.is_open() ? folder.Sync() : Failed(path, "synced");
}

}  // namespace orderflow::verify
