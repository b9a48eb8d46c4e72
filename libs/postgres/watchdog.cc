#include "libs/postgres/watchdog.h"

#include <sys/socket.h>

#include <stop_token>

namespace orderflow::postgres {
namespace {

// Checks per call time: an overdue call is cut off after at most 1 + 1/4 of it. More often would
// only wake an idle process up.
constexpr int kChecksPerCallTime = 4;

}  // namespace

Watchdog::Watchdog(Duration call_time_max)
    : call_time_max_(call_time_max), thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Watchdog::~Watchdog() = default;

Watchdog::Guard::Guard(Watchdog& watchdog, int socket) : watchdog_(watchdog), socket_(socket) {
  MutexLock lock(watchdog_.mutex_);
  watchdog_.deadlines_[socket_] = std::chrono::steady_clock::now() + watchdog_.call_time_max_;
}

Watchdog::Guard::~Guard() {
  MutexLock lock(watchdog_.mutex_);
  watchdog_.deadlines_.erase(socket_);
}

void Watchdog::Run(const std::stop_token& stop) {
  MutexLock lock(mutex_);
  while (!stop.stop_requested()) {
    stopped_.wait_for(mutex_, stop, call_time_max_ / kChecksPerCallTime, [] { return false; });
    ShutDownOverdueLocked();
  }
}

void Watchdog::ShutDownOverdueLocked() {
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const auto& [socket, deadline] : deadlines_) {
    if (deadline <= now) {
      ::shutdown(socket, SHUT_RDWR);
    }
  }
}

}  // namespace orderflow::postgres
