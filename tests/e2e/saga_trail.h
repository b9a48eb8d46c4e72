#pragma once

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/saga/engine.h"
#include "libs/testing/saga_history.h"
#include "tests/e2e/topic_reader.h"

namespace orderflow::e2e {

// What the broker holds of one saga, by the times at which the messages were made: the commands
// that went out, the replies, and the customer's cancel.
struct SagaTrail {
  struct Entry {
    Timestamp time;
    std::variant<saga::ReplyReceived, saga::CancelRequested, saga::Command> what;
  };

  SagaId saga_id;
  OrderId order_id;
  std::vector<Entry> entries;
};

// The trails of all sagas of these orders, which must be at rest. kDataLoss: a record that cannot
// be decoded. Others as of TopicReader::ReadOn.
absl::StatusOr<std::vector<SagaTrail>> ReadSagaTrails(TopicReader& topics,
                                                      const std::set<std::string>& order_ids);

// What the saga's engine must have been told to leave this trail: the replies and the cancel as
// they stand in it, and a timer wherever a command went out that none of them explains. Pure.
// kDataLoss: the engine does not send one of the commands, or one that it sends is missing, or the
// saga has not ended.
absl::StatusOr<testing::SagaHistory> HistoryOf(const saga::SagaDefinition& definition,
                                               const SagaTrail& trail);

}  // namespace orderflow::e2e
