#include "tools/loadgen/overload_run.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"

namespace orderflow::loadgen {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kMemoryLook(200);

Moment ToMoment(std::chrono::seconds time) { return Duration(time).count(); }

OverloadPhases PhasesOf(const OverloadOptions& options) {
  OverloadPhases phases;
  phases.peak_start = ToMoment(options.load.warmup);
  phases.overload_start = phases.peak_start + ToMoment(options.peak);
  phases.recovery_start = phases.overload_start + ToMoment(options.overload);
  phases.end = phases.recovery_start + ToMoment(options.recovery);
  return phases;
}

void AddOrders(std::vector<Moment>& intended, double rate, Moment from, Moment to) {
  const auto step = 1e6 / rate;
  for (auto at = static_cast<double>(from); at < static_cast<double>(to); at += step) {
    intended.push_back(static_cast<Moment>(at));
  }
}

std::vector<OrderLog> Schedule(const OverloadOptions& options, const OverloadPhases& phases) {
  const double rate = options.load.rate;
  std::vector<Moment> intended;
  AddOrders(intended, rate, 0, phases.overload_start);
  AddOrders(intended, rate * options.factor, phases.overload_start, phases.recovery_start);
  AddOrders(intended, rate * options.recovery_share, phases.recovery_start, phases.end);
  std::vector<OrderLog> log(intended.size());
  for (size_t i = 0; i < log.size(); ++i) {
    log[i].intended = intended[i];
  }
  return log;
}

// Resident memory of a process in KiB; 0 when it cannot be read.
int64_t ResidentKib(int pid) {
  std::ifstream file(fmt::format("/proc/{}/status", pid));
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("VmRSS:")) {
      return std::stoll(line.substr(sizeof("VmRSS:")));
    }
  }
  return 0;
}

// The highest memory of the server in both halves of the overload.
class MemoryWatch {
 public:
  MemoryWatch(int pid, SteadyClock::time_point start, const OverloadPhases& phases)
      : thread_([=, this](std::stop_token stop) { Run(stop, pid, start, phases); }) {}

  void Stop(OverloadResult& result) {
    thread_.request_stop();
    thread_.join();
    result.rss_growth =
        first_half_ > 0 ? static_cast<double>(second_half_) / static_cast<double>(first_half_) : 0;
    result.rss_mib = std::max(first_half_, second_half_) / 1024;
  }

 private:
  void Run(const std::stop_token& stop, int pid, SteadyClock::time_point start,
           const OverloadPhases& phases) {
    Mutex mutex;
    ConditionVariable never;
    while (pid > 0 && !stop.stop_requested()) {
      const Moment now = std::chrono::duration_cast<Duration>(SteadyClock::now() - start).count();
      if (now >= phases.overload_start && now < phases.recovery_start) {
        const bool is_first = 2 * now < phases.overload_start + phases.recovery_start;
        int64_t& highest = is_first ? first_half_ : second_half_;
        highest = std::max(highest, ResidentKib(pid));
      }
      MutexLock lock(mutex);
      never.wait_for(mutex, stop, kMemoryLook, [] { return false; });
    }
  }

  int64_t first_half_ = 0;
  int64_t second_half_ = 0;
  std::jthread thread_;  // last: it uses the others
};

}  // namespace

absl::StatusOr<OverloadResult> RunOverload(const OverloadOptions& options) {
  const OverloadPhases phases = PhasesOf(options);
  std::vector<OrderLog> log = Schedule(options, phases);
  MemoryWatch memory(options.server_pid, SteadyClock::now(), phases);
  ASSIGN_OR_RETURN(SendResult sent, SendAll(options.load, log));
  OverloadResult result;
  result.report = EvaluateOverload(log, phases);
  result.sent = std::move(sent);
  memory.Stop(result);
  return result;
}

}  // namespace orderflow::loadgen
