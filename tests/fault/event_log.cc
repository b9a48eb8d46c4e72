#include "tests/fault/event_log.h"

#include "fmt/format.h"
#include "libs/messaging/topics.h"
#include "orderflow/order/v1/order_events.pb.h"

namespace orderflow::fault {

absl::Status EventLog::Read(const std::set<std::string>& not_ours) {
  return reader_.ReadOn(messaging::kOrderEvents, [&](const messaging::Record& record) {
    if (not_ours.contains(record.key)) {
      return absl::OkStatus();
    }
    order::v1::OrderEvent event;
    if (!event.ParseFromString(record.value) || event.order_id() != record.key) {
      return absl::DataLossError(fmt::format("{}[{}] at offset {}, key '{}', is no event of it",
                                             record.topic, record.partition, record.offset,
                                             record.key));
    }
    sequences_[record.key].insert(event.sequence());
    return absl::OkStatus();
  });
}

void EventLog::Know(const std::vector<order::v1::Order>& orders) {
  for (const order::v1::Order& order : orders) {
    known_.insert(order.order_id());
  }
}

std::vector<std::string> CompareEvents(const std::vector<order::v1::Order>& orders,
                                       const std::map<std::string, std::set<int64_t>>& sequences,
                                       const std::set<std::string>& known) {
  std::vector<std::string> violations;
  for (const order::v1::Order& order : orders) {
    const auto found = sequences.find(order.order_id());
    std::set<int64_t> there = found == sequences.end() ? std::set<int64_t>() : found->second;
    for (int64_t sequence = 1; sequence <= order.sequence(); ++sequence) {
      if (there.erase(sequence) == 0) {
        violations.push_back(fmt::format("order {}: event {} of {} is not in {}", order.order_id(),
                                         sequence, order.sequence(), messaging::kOrderEvents));
      }
    }
    for (const int64_t sequence : there) {
      violations.push_back(fmt::format("order {}: event {} in {}, but its last change is {}",
                                       order.order_id(), sequence, messaging::kOrderEvents,
                                       order.sequence()));
    }
  }
  for (const auto& [order_id, there] : sequences) {
    if (!known.contains(order_id)) {
      violations.push_back(fmt::format("{} holds {} events of order {}, which nobody knows",
                                       messaging::kOrderEvents, there.size(), order_id));
    }
  }
  return violations;
}

}  // namespace orderflow::fault
