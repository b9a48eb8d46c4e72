// Preloaded into a server: its writes or its syncs fail as on a full or broken disk while a switch
// file says so. The file, named by FAILING_DISK_SWITCH, has one line: the call ("write" or "sync"),
// the error number, and a part of the paths that it concerns, for example "sync 5 /pg_wal/".
// Without the file everything is as ever.
#include <dlfcn.h>
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

template <class Function>
Function* Next(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// The line of the switch file; empty when there is none.
bool ReadSwitch(std::array<char, 256>& line) {
  static const char* const path = std::getenv("FAILING_DISK_SWITCH");
  const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return false;
  }
  const ssize_t size = ::read(file, line.data(), line.size() - 1);
  ::close(file);
  line[size > 0 ? static_cast<size_t>(size) : 0] = '\0';
  return size > 0;
}

// The error that `call` on `descriptor` is to fail with; 0: none.
int ErrorOf(const char* call, int descriptor) {
  const int saved_errno = errno;
  int error = 0;
  std::array<char, 256> line{};
  std::array<char, 16> failing{};
  std::array<char, 128> part{};
  std::array<char, 64> link{};
  std::array<char, PATH_MAX> path{};
  if (ReadSwitch(line) &&
      std::sscanf(line.data(), "%15s %d %127s", failing.data(), &error, part.data()) == 3 &&
      std::strcmp(failing.data(), call) == 0) {
    std::snprintf(link.data(), link.size(), "/proc/self/fd/%d", descriptor);
    const ssize_t size = ::readlink(link.data(), path.data(), path.size() - 1);
    error = size > 0 && std::strstr(path.data(), part.data()) != nullptr ? error : 0;
  } else {
    error = 0;
  }
  errno = saved_errno;
  return error;
}

// What the real function returns, or -1 with the error that is wanted.
template <class Function, class... Arguments>
auto CallOrFail(Function* next, const char* call, int descriptor, Arguments... arguments) {
  using Result = decltype(next(descriptor, arguments...));
  if (const int error = ErrorOf(call, descriptor); error != 0) {
    errno = error;
    return static_cast<Result>(-1);
  }
  return next(descriptor, arguments...);
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming): the names of the C library
extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t size) {
  static auto* const next = Next<decltype(write)>("write");
  return CallOrFail(next, "write", descriptor, bytes, size);
}
ssize_t pwrite(int descriptor, const void* bytes, size_t size, off_t offset) {
  static auto* const next = Next<decltype(pwrite)>("pwrite");
  return CallOrFail(next, "write", descriptor, bytes, size, offset);
}
ssize_t pwrite64(int descriptor, const void* bytes, size_t size, off64_t offset) {
  static auto* const next = Next<decltype(pwrite64)>("pwrite64");
  return CallOrFail(next, "write", descriptor, bytes, size, offset);
}
ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const next = Next<decltype(writev)>("writev");
  return CallOrFail(next, "write", descriptor, parts, count);
}
ssize_t pwritev(int descriptor, const iovec* parts, int count, off_t offset) {
  static auto* const next = Next<decltype(pwritev)>("pwritev");
  return CallOrFail(next, "write", descriptor, parts, count, offset);
}
ssize_t pwritev64(int descriptor, const iovec* parts, int count, off64_t offset) {
  static auto* const next = Next<decltype(pwritev64)>("pwritev64");
  return CallOrFail(next, "write", descriptor, parts, count, offset);
}
int fsync(int descriptor) {
  static auto* const next = Next<decltype(fsync)>("fsync");
  return CallOrFail(next, "sync", descriptor);
}
int fdatasync(int descriptor) {
  static auto* const next = Next<decltype(fdatasync)>("fdatasync");
  return CallOrFail(next, "sync", descriptor);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming)
