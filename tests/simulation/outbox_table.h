#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "libs/outbox/message_lanes.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/environment.h"

namespace orderflow::simulation {

// A database's outbox: the rows (here one per message, which are deleted together), which survive a
// crash, and the relays of the processes that share it, which do not. What a relay may send when is
// decided by the production code. A producer is sometimes replaced by a new one: what it had in
// flight has partly reached the broker, and all of it is reported as failed.
class OutboxTable {
 public:
  static constexpr size_t kRelaysMax = 2;

  OutboxTable(Environment& environment, Broker& broker, std::string source, size_t relays);

  // Part of a transaction that has been applied. Without a relay (the process does not know of its
  // own commit) only the sweep finds them.
  void Insert(std::vector<outbox::OutboxMessage> messages, std::optional<size_t> relay);

  // Something can be sent, delivered or deleted.
  bool HasWork(size_t relay) const;
  void Work(size_t relay);
  // Rows that nobody has in hand are old enough.
  bool IsSweepDue() const;
  void Sweep();
  // Of that relay's process.
  void Crash(size_t relay);

  bool empty() const { return rows_.empty(); }
  // When something can be done by itself: a failed send is tried again, a sweep.
  std::optional<Timestamp> NextDue() const;

 private:
  struct Row {
    outbox::OutboxMessage message;
    Timestamp create_time;
    std::array<uint64_t, kRelaysMax> in_hand_since{};  // count of offers; 0: not in hand
    int sends = 0;                                     // how often it reached the log
  };
  struct Relay {
    outbox::MessageLanes lanes{kInHandMax};
    std::vector<outbox::OutboxMessage> to_send;    // handed out
    std::vector<outbox::OutboxMessage> in_flight;  // given to the producer
  };
  static constexpr size_t kInHandMax = 20000;

  outbox::MessageLanes::SteadyTime Now() const;
  Row* Find(const std::string& message_id);
  void Offer(size_t relay, std::vector<outbox::OutboxMessage> messages);
  void TakeAndSend(Relay& relay);
  void Deliver(size_t relay);
  void ReplaceProducer(size_t relay);
  void Append(const outbox::OutboxMessage& message, size_t relay);
  void CheckOrder(const Row& sent, size_t relay);
  void Delete(Relay& relay);

  Environment& environment_;
  Broker& broker_;
  const std::string source_;
  std::vector<Row> rows_;  // oldest first
  std::vector<Relay> relays_;
  uint64_t offers_ = 0;
};

}  // namespace orderflow::simulation
