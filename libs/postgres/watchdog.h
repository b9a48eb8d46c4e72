#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <thread>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"

namespace orderflow::postgres {

// Ends calls whose server has stopped answering. Neither keepalives nor statement_timeout help when
// a server is frozen: its kernel still acknowledges packets, and the timeout runs in the frozen
// process. So a guarded call that exceeds its deadline gets its socket shut down,
// which makes libpq return an error at once. A COMMIT is never cancelled, only cut off: its outcome
// is then in doubt. Threadsafe.
class Watchdog {
 public:
  explicit Watchdog(Duration call_time_max);
  ~Watchdog();

  // Watches one call on `socket` for as long as it lives. `socket` must stay open for that time,
  // even when libpq closes its own descriptor: Connection passes a duplicate.
  class Guard {
   public:
    Guard(Watchdog& watchdog, int socket);
    ~Guard();
    Guard(const Guard&) = delete;
    Guard& operator=(const Guard&) = delete;

   private:
    Watchdog& watchdog_;
    const int socket_;
  };

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  void Run(const std::stop_token& stop);
  void ShutDownOverdueLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Duration call_time_max_;
  Mutex mutex_;
  ConditionVariable stopped_;
  std::map<int, SteadyTime> deadlines_ ABSL_GUARDED_BY(mutex_);  // by socket
  std::jthread thread_;                                          // last: uses all of the above
};

}  // namespace orderflow::postgres
