#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::outbox {

class OutboxRelay;

// Stores messages in the caller's transaction, so that a state change and its messages commit
// together or not at all, and hands them to the relay in memory after the commit. A process that
// dies in between leaves rows that the sweep of any live relay publishes later: at least once.
// Threadsafe.
class Outbox {
 public:
  explicit Outbox(OutboxRelay& relay) : relay_(relay) {}

  // One row for all of them; nothing for none.
  absl::Status Insert(postgres::Transaction& transaction, std::vector<OutboxMessage> messages);

 private:
  OutboxRelay& relay_;
};

}  // namespace orderflow::outbox
