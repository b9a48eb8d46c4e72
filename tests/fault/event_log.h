#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "tests/e2e/topic_reader.h"

namespace orderflow::fault {

// The topic order.events from its beginning, as anybody outside may read it. Not threadsafe.
class EventLog {
 public:
  EventLog(std::string bootstrap_servers, messaging::KafkaSecurity security)
      : reader_(std::move(bootstrap_servers), "fault-event-log", std::move(security)) {}

  // Reads on from where the last call ended. Records with a key of `not_ours` are passed over.
  // kDataLoss: a record that is no event. Others as of TopicReader::ReadOn.
  absl::Status Read(const std::set<std::string>& not_ours);

  // The log was made anew: the next call reads it from its beginning. What was seen was there.
  void StartOver() { reader_.StartOver(); }

  // Sequences that the log holds, by order id, of all rounds.
  const std::map<std::string, std::set<int64_t>>& sequences() const { return sequences_; }
  // Orders of this round, so that events of the next ones are not taken for strangers'.
  void Know(const std::vector<order::v1::Order>& orders);
  const std::set<std::string>& known() const { return known_; }

 private:
  e2e::TopicReader reader_;
  std::map<std::string, std::set<int64_t>> sequences_;
  std::set<std::string> known_;
};

// Each of `orders`, at rest, has every event from the first to its last and none beyond, and no
// event is of an order that is not `known`. Pure.
std::vector<std::string> CompareEvents(const std::vector<order::v1::Order>& orders,
                                       const std::map<std::string, std::set<int64_t>>& sequences,
                                       const std::set<std::string>& known);

}  // namespace orderflow::fault
