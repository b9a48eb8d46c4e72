#include "tools/loadgen/event_watcher.h"

#include <cstdio>
#include <utility>

#include "libs/base/status_macros.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "tools/loadgen/order_mix.h"

namespace orderflow::loadgen {
namespace {

constexpr size_t kBatchMax = 1000;  // records per poll
constexpr std::chrono::milliseconds kPollTimeout(100);

}  // namespace

EventWatcher::EventWatcher(messaging::Consumer& consumer, std::string run,
                           std::chrono::steady_clock::time_point start, std::vector<OrderLog>& log)
    : consumer_(consumer), run_(std::move(run)), start_(start), log_(log) {}

void EventWatcher::Run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    const auto records = consumer_.PollBatch(kBatchMax, kPollTimeout);
    if (!records.ok()) {
      std::fprintf(stderr, "reading order.events: %s\n", Message(records.status()).c_str());
      continue;
    }
    const Moment now =
        std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start_).count();
    for (const messaging::Record& record : *records) {
      Note(record, now);
    }
  }
}

void EventWatcher::Note(const messaging::Record& record, Moment now) {
  order::v1::OrderEvent event;
  if (!event.ParseFromString(record.value)) {
    return;
  }
  const auto index = IndexInEmail(event.email(), run_);
  if (!index || *index >= log_.size()) {
    return;
  }
  switch (event.event_case()) {
    case order::v1::OrderEvent::kOrderConfirmed:
      log_[*index].confirmed = now;
      break;
    case order::v1::OrderEvent::kOrderRejected:
    case order::v1::OrderEvent::kOrderCancelled:
      log_[*index].ended_otherwise = now;
      break;
    default:
      break;
  }
}

}  // namespace orderflow::loadgen
