// Preloaded into a process: its wall clock is off by the seconds that stand in the file named by
// SKEWED_CLOCK_FILE, from one moment to the next. Steady clocks stay as they are, and so does the
// kernel's: who waits until a time of day (abseil does, by the futex call) waits until that time by
// the skewed clock. libfaketime does this and more, but not beside jemalloc: each asks the other
// while it starts.
#include <dlfcn.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdarg>
#include <cstdlib>
#include <ctime>

namespace {

using Syscall = long(long, ...);  // NOLINT(google-runtime-int): as the C library has it

Syscall* NextSyscall() {
  static auto* const next = reinterpret_cast<Syscall*>(::dlsym(RTLD_NEXT, "syscall"));
  return next;
}

time_t Offset() {
  const int saved_errno = errno;
  static const char* const path = std::getenv("SKEWED_CLOCK_FILE");
  std::array<char, 32> text{};
  if (const int file = path == nullptr ? -1 : ::open(path, O_RDONLY | O_CLOEXEC); file >= 0) {
    const ssize_t size = ::read(file, text.data(), text.size() - 1);
    text[size > 0 ? static_cast<size_t>(size) : 0] = '\0';
    ::close(file);
  }
  errno = saved_errno;
  return std::strtol(text.data(), nullptr, 10);
}

bool IsWallClock(clockid_t clock) {
  return clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE;
}

}  // namespace

// NOLINTBEGIN(readability-identifier-naming, google-runtime-int): the names of the C library
extern "C" {

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  const long result = NextSyscall()(SYS_clock_gettime, clock, time);
  if (result == 0 && IsWallClock(clock)) {
    time->tv_sec += Offset();
  }
  return static_cast<int>(result);
}

int gettimeofday(timeval* time, void* /*zone*/) noexcept {
  timespec now{};
  const int result = clock_gettime(CLOCK_REALTIME, &now);
  *time = {now.tv_sec, now.tv_nsec / 1000};
  return result;
}

time_t time(time_t* copy) noexcept {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  if (copy != nullptr) {
    *copy = now.tv_sec;
  }
  return now.tv_sec;
}

long syscall(long number, ...) noexcept {
  std::array<long, 6> values{};
  va_list list;
  va_start(list, number);
  for (long& value : values) {
    value = va_arg(list, long);
  }
  va_end(list);
  timespec until{};
  const auto* given = reinterpret_cast<const timespec*>(values[3]);
  const int operation = static_cast<int>(values[1]);
  if (number == SYS_futex && given != nullptr && (operation & FUTEX_CLOCK_REALTIME) != 0 &&
      (operation & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET) {
    until = {given->tv_sec - Offset(), given->tv_nsec};
    if (until.tv_sec < 0) {
      until = {};  // long past: the kernel takes no time before its own beginning
    }
    values[3] = reinterpret_cast<long>(&until);
  }
  return NextSyscall()(number, values[0], values[1], values[2], values[3], values[4], values[5]);
}

}  // extern "C"
// NOLINTEND(readability-identifier-naming, google-runtime-int)
