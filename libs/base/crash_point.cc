#include "libs/base/crash_point.h"

#ifndef ORDERFLOW_RELEASE

#include <unistd.h>

#include <atomic>
#include <charconv>
#include <cstdlib>
#include <string>

namespace orderflow {
namespace {

struct Armed {
  std::string name;  // empty: none
  int hit = 1;
};

Armed ReadArmed() {
  const char* value = std::getenv(kCrashPointSetting);  // NOLINT(concurrency-mt-unsafe): never set
  std::string_view text = value == nullptr ? "" : value;
  Armed armed;
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    std::from_chars(text.data() + colon + 1, text.data() + text.size(), armed.hit);
    text = text.substr(0, colon);
  }
  armed.name = text;
  return armed;
}

const Armed& ArmedPoint() {
  static const Armed armed = ReadArmed();
  return armed;
}

}  // namespace

bool IsCrashPointArmed() { return !ArmedPoint().name.empty(); }

void ReachCrashPoint(std::string_view name) {
  static std::atomic<int> hits = 0;
  if (name != ArmedPoint().name || ++hits != ArmedPoint().hit) {
    return;
  }
  const std::string line = "crash point " + std::string(name) + " reached at hit " +
                           std::to_string(ArmedPoint().hit) + ", pid " +
                           std::to_string(::getpid()) + " ends here\n";
  // Whether it can be written or not, the process ends.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
  ::_exit(kCrashPointExitCode);
}

}  // namespace orderflow

#endif
