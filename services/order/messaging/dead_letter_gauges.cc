#include "services/order/messaging/dead_letter_gauges.h"

#include <algorithm>
#include <chrono>

#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::order {
namespace {

// A few questions to the broker; nobody looks more often.
constexpr std::chrono::seconds kInterval{15};

}  // namespace

DeadLetterGauges::DeadLetterGauges(DeadLetterLog& log, DeadLetterSettler& settler,
                                   telemetry::Metrics& metrics)
    : log_(log), settler_(settler) {
  for (const std::string& topic : log.Topics()) {
    open_[topic] = &metrics.AddGauge("orderflow_order_open_dead_letters",
                                     "Dead letters that nobody has redriven or discarded.",
                                     {{"topic", topic}});
  }
}

void DeadLetterGauges::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable never;
  bool failing = false;
  while (!stop.stop_requested()) {
    const absl::Status status = Update();
    if (!status.ok() && !failing) {
      telemetry::LogWarning("dead letters cannot be counted; trying on",
                            {{"error", Message(status)}});
    }
    failing = !status.ok();
    MutexLock lock(mutex);
    never.wait_for(mutex, stop, kInterval, [] { return false; });
  }
}

absl::Status DeadLetterGauges::Update() {
  // Settled ones first: what is settled in between makes a gauge too high for a moment, not too
  // low.
  ASSIGN_OR_RETURN(auto settled, settler_.Count());
  ASSIGN_OR_RETURN(auto counts, log_.Count(std::chrono::steady_clock::now() + kInterval));
  for (const auto& [topic, gauge] : open_) {
    // What was settled of a queue of before counts, too.
    gauge->Set(static_cast<double>(std::max<int64_t>(0, counts[topic] - settled[topic])));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::order
