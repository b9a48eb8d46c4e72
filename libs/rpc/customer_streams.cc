#include "libs/rpc/customer_streams.h"

#include <chrono>
#include <unordered_map>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

// The place comes free when a stream ends, of which nobody knows when.
constexpr std::chrono::seconds kRetryDelay(1);

}  // namespace

struct CustomerStreams::State {
  State(telemetry::Metrics& metrics, int max_in)
      : max(max_in),
        limited(metrics.AddCounter("orderflow_rpc_limited_streams_total",
                                   "Streams refused because their customer has too many open.")) {}

  bool Take(const std::string& customer) {
    MutexLock lock(mutex);
    int& count = open[customer];  // never left at zero: max is above it
    if (count >= max) {
      return false;
    }
    ++count;
    return true;
  }

  void GiveBack(const std::string& customer) {
    MutexLock lock(mutex);
    const auto entry = open.find(customer);
    if (--entry->second == 0) {
      open.erase(entry);
    }
  }

  const int max;
  telemetry::Counter& limited;
  Mutex mutex;
  std::unordered_map<std::string, int> open ABSL_GUARDED_BY(mutex);
};

CustomerStreams::CustomerStreams(telemetry::Metrics& metrics, int max)
    : state_(max == 0 ? nullptr : std::make_shared<State>(metrics, max)) {}

absl::StatusOr<CustomerStreams::Place> CustomerStreams::Enter(const Caller& caller) {
  if (state_ == nullptr || caller.kind != Caller::Kind::kCustomer) {
    return Place();
  }
  if (!state_->Take(caller.name)) {
    state_->limited.Increment();
    return Overloaded(
        fmt::format("this customer has {} streams open, which is as many as it may: end one first",
                    state_->max),
        kRetryDelay);
  }
  return Place(nullptr,
               [state = state_, customer = caller.name](void*) { state->GiveBack(customer); });
}

}  // namespace orderflow::rpc
