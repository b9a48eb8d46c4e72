#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "libs/outbox/outbox_message.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/environment.h"

namespace orderflow::simulation {

// A service's outbox: the rows, which survive a crash, and what its relay has in hand, which does
// not. The relay sends one order's messages in their order; a send whose acknowledgement is lost is
// repeated before anything later of that order.
class OutboxTable {
 public:
  OutboxTable(Environment& environment, Broker& broker, std::string source);

  // Part of a transaction that has been applied. Without the hand-off (the process does not know of
  // its own commit) only the sweep finds them.
  void Insert(std::vector<outbox::OutboxMessage> messages, bool hand_off);

  bool HasWork() const { return !in_hand_.empty(); }
  // Sends one message.
  void Relay();
  // Takes what is in the table and not in hand.
  bool NeedsSweep() const { return in_hand_.size() < rows_.size(); }
  void Sweep();
  void Crash() { in_hand_.clear(); }

  bool empty() const { return rows_.empty(); }

 private:
  Environment& environment_;
  Broker& broker_;
  const std::string source_;
  std::map<std::string, outbox::OutboxMessage> rows_;  // by message id: publication order
  std::set<std::string> in_hand_;                      // message ids
  std::map<std::string, int> sends_;                   // how often each reached the log
};

}  // namespace orderflow::simulation
