#include "libs/rpc/admission.h"

#include <algorithm>
#include <random>
#include <string>
#include <unordered_map>
#include <utility>

#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

// After so long without a call nothing that was learned holds any more.
constexpr int kIdleWindowsMax = 64;
constexpr std::chrono::milliseconds kRetryDelayMax(5'000);

// What a window has seen so far.
struct Counts {
  int64_t admitted = 0;
  int64_t refused = 0;
  bool is_limit_reached = false;
  std::optional<Duration> wait_min;
};

}  // namespace

struct Admission::State {
  State(telemetry::Metrics& metrics, const Clock& clock_in, AdmissionOptions options_in)
      : clock(clock_in),
        options(std::move(options_in)),
        limit_gauge(metrics.AddGauge("orderflow_admission_limit_calls",
                                     "Calls that may be under way at the same time.")),
        in_flight_gauge(metrics.AddGauge("orderflow_admission_in_flight_calls",
                                         "Admitted calls that are not answered yet.")),
        refused_by_limit(AddRefused(metrics, "limit")),
        refused_by_share(AddRefused(metrics, "customer_share")),
        limit(options.limit),
        window_start(clock.Now()) {
    limit_gauge.Set(limit.value());
  }

  static telemetry::Counter& AddRefused(telemetry::Metrics& metrics, const std::string& reason) {
    return metrics.AddCounter("orderflow_admission_refused_calls_total",
                              "Calls refused before any work, by reason.", {{"reason", reason}});
  }

  void EndWindow(Timestamp now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    const Duration elapsed = now - window_start;
    if (elapsed < options.window && elapsed >= Duration::zero()) {
      return;
    }
    const WorkBehind work = options.work_behind();
    limit.Update({.length = std::max(elapsed, options.window),
                  .is_limit_reached = counts.is_limit_reached,
                  .wait_min = counts.wait_min,
                  .work_begun = work.begun - work_before.begun,
                  .work_done = work.done - work_before.done,
                  .work_done_late = work.done_late - work_before.done_late,
                  .work_waiting = work.waiting});
    const auto idle =
        static_cast<int>(std::clamp<int64_t>(elapsed / options.window - 1, 0, kIdleWindowsMax));
    for (int i = 0; i < idle; ++i) {
      limit.Update({.length = options.window});
    }
    last = counts;
    counts = {};
    work_before = work;
    window_start = now;
    limit_gauge.Set(limit.value());
  }

  // The first half of the places is for who comes first. Of the second half nobody gets more than
  // an equal share of all, so whoever has few calls under way finds room.
  bool HasMoreThanShare(size_t customer) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    if (2 * in_flight < limit.value()) {
      return false;
    }
    const auto own = in_flight_of.find(customer);
    if (own == in_flight_of.end()) {
      return false;
    }
    const auto share =
        static_cast<int64_t>(limit.value()) / static_cast<int64_t>(in_flight_of.size() + 1);
    return own->second >= std::max<int64_t>(share, 1);
  }

  absl::Status Refuse(telemetry::Counter& reason) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    reason.Increment();
    counts.is_limit_reached = true;
    ++counts.refused;
    // So many windows as it takes to admit those who were refused in one, half to one and a half
    // times.
    const double windows = 1 + static_cast<double>(std::max(last.refused, counts.refused)) /
                                   static_cast<double>(std::max<int64_t>(1, last.admitted));
    const double spread = std::uniform_real_distribution<double>(0.5, 1.5)(random);
    const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(
        windows * spread * std::chrono::duration<double>(options.window));
    return Overloaded("the server is at its limit; try again later",
                      std::clamp(delay, std::chrono::milliseconds(1), kRetryDelayMax));
  }

  void Leave(size_t customer) {
    MutexLock lock(mutex);
    --in_flight;
    in_flight_gauge.Set(static_cast<double>(in_flight));
    if (const auto own = in_flight_of.find(customer);
        own != in_flight_of.end() && --own->second == 0) {
      in_flight_of.erase(own);
    }
  }

  const Clock& clock;
  const AdmissionOptions options;
  telemetry::Gauge& limit_gauge;
  telemetry::Gauge& in_flight_gauge;
  telemetry::Counter& refused_by_limit;
  telemetry::Counter& refused_by_share;

  Mutex mutex;
  AdaptiveLimit limit ABSL_GUARDED_BY(mutex);
  int64_t in_flight ABSL_GUARDED_BY(mutex) = 0;
  // By hash of the customer; only who has calls under way, so never more than the limit.
  std::unordered_map<size_t, int64_t> in_flight_of ABSL_GUARDED_BY(mutex);
  Counts counts ABSL_GUARDED_BY(mutex);
  Counts last ABSL_GUARDED_BY(mutex);
  WorkBehind work_before ABSL_GUARDED_BY(mutex);
  Timestamp window_start ABSL_GUARDED_BY(mutex);
  std::minstd_rand random ABSL_GUARDED_BY(mutex){std::random_device{}()};
};

Admission::Admission(telemetry::Metrics& metrics, const Clock& clock, AdmissionOptions options)
    : state_(std::make_shared<State>(metrics, clock, std::move(options))) {}

absl::StatusOr<Admission::Place> Admission::Enter(std::string_view customer) {
  // Nobody's calls are told apart by 0.
  const size_t hash =
      customer.empty() ? 0 : std::max<size_t>(1, std::hash<std::string_view>{}(customer));
  {
    MutexLock lock(state_->mutex);
    state_->EndWindow(state_->clock.Now());
    if (state_->in_flight >= state_->limit.value()) {
      return state_->Refuse(state_->refused_by_limit);
    }
    if (hash != 0 && state_->HasMoreThanShare(hash)) {
      return state_->Refuse(state_->refused_by_share);
    }
    ++state_->in_flight;
    state_->in_flight_gauge.Set(static_cast<double>(state_->in_flight));
    ++state_->counts.admitted;
    if (hash != 0) {
      ++state_->in_flight_of[hash];
    }
  }
  return Place(nullptr, [state = state_, hash](void*) { state->Leave(hash); });
}

void Admission::ObserveWait(Duration wait) {
  MutexLock lock(state_->mutex);
  std::optional<Duration>& wait_min = state_->counts.wait_min;
  wait_min = std::min(wait, wait_min.value_or(wait));
}

int Admission::limit() const {
  MutexLock lock(state_->mutex);
  return state_->limit.value();
}

}  // namespace orderflow::rpc
