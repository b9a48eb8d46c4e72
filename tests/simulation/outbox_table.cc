#include "tests/simulation/outbox_table.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "libs/outbox/outbox_record.h"

namespace orderflow::simulation {
namespace {

constexpr double kProducerReplaced = 0.02;
constexpr double kDeletesNow = 0.5;
constexpr size_t kTakenMax = 8;
constexpr size_t kDeliveredMax = 6;                         // in one step
constexpr Duration kSweepAgeMin = std::chrono::seconds(5);  // as RelayOptions

// Ids of one schedule differ at their end: asked about so often that it counts.
bool IsSameId(const std::string& a, const std::string& b) { return a.back() == b.back() && a == b; }

}  // namespace

OutboxTable::OutboxTable(Environment& environment, Broker& broker, std::string source,
                         size_t relays)
    : environment_(environment), broker_(broker), source_(std::move(source)), relays_(relays) {}

outbox::MessageLanes::SteadyTime OutboxTable::Now() const {
  return outbox::MessageLanes::SteadyTime(environment_.clock.Now().time_since_epoch());
}

OutboxTable::Row* OutboxTable::Find(const std::string& message_id) {
  const auto row = std::find_if(rows_.begin(), rows_.end(), [&](const Row& candidate) {
    return IsSameId(candidate.message.message_id, message_id);
  });
  return row == rows_.end() ? nullptr : &*row;
}

void OutboxTable::Insert(std::vector<outbox::OutboxMessage> messages, std::optional<size_t> relay) {
  if (messages.empty()) {
    return;
  }
  outbox::FormBatch(messages);
  for (const outbox::OutboxMessage& message : messages) {
    rows_.push_back({.message = message, .create_time = environment_.clock.Now()});
  }
  if (relay) {
    Offer(*relay, std::move(messages));
  }
}

void OutboxTable::Offer(size_t relay, std::vector<outbox::OutboxMessage> messages) {
  ++offers_;
  for (const outbox::OutboxMessage& message : messages) {
    uint64_t& since = Find(message.message_id)->in_hand_since[relay];
    since = since == 0 ? offers_ : since;
  }
  relays_[relay].lanes.Add(std::move(messages));
}

bool OutboxTable::HasWork(size_t relay) const {
  const Relay& own = relays_[relay];
  return !own.in_flight.empty() || !own.to_send.empty() || own.lanes.acknowledged() > 0 ||
         own.lanes.IsReady(Now());
}

void OutboxTable::Work(size_t relay) {
  Relay& own = relays_[relay];
  TakeAndSend(own);
  if (own.in_flight.empty() || environment_.random.Chance(kDeletesNow)) {
    Delete(own);
  }
  if (own.in_flight.empty()) {
    return;
  }
  if (environment_.Fault(Sometimes::kProducerReplaced, kProducerReplaced)) {
    ReplaceProducer(relay);
  } else {
    Deliver(relay);
  }
}

// Hands out what is ready and gives some of it to the producer.
void OutboxTable::TakeAndSend(Relay& relay) {
  if (relay.to_send.empty()) {
    relay.to_send = relay.lanes.TakeReady(kTakenMax, Now());
  }
  if (relay.to_send.empty()) {
    return;
  }
  const size_t count = 1 + environment_.random.Below(relay.to_send.size());
  for (size_t i = 0; i < count; ++i) {
    if (relay.lanes.HoldBehindFailure(relay.to_send[i], Now())) {
      environment_.coverage.Hit(Sometimes::kSendHeldBack);
    } else {
      relay.in_flight.push_back(std::move(relay.to_send[i]));
    }
  }
  relay.to_send.erase(relay.to_send.begin(), relay.to_send.begin() + static_cast<long>(count));
}

// Messages of one key arrive in the order in which they were sent; keys do not wait for each other.
void OutboxTable::Deliver(size_t relay) {
  Relay& own = relays_[relay];
  size_t count = 1 + environment_.random.Below(kDeliveredMax);
  for (; count > 0 && !own.in_flight.empty(); --count) {
    auto chosen =
        own.in_flight.begin() + static_cast<long>(environment_.random.Below(own.in_flight.size()));
    chosen = std::find_if(own.in_flight.begin(), chosen, [&](const outbox::OutboxMessage& earlier) {
      return earlier.key == chosen->key;
    });
    if (chosen != own.in_flight.begin()) {
      environment_.coverage.Hit(Sometimes::kKeysReordered);
    }
    Append(*chosen, relay);
    own.lanes.Acknowledge(*chosen, Now());
    own.in_flight.erase(chosen);
  }
}

void OutboxTable::ReplaceProducer(size_t relay) {
  Relay& own = relays_[relay];
  const size_t arrived = environment_.random.Below(own.in_flight.size() + 1);
  environment_.Trace("{} {}: producer replaced, {} of {} sends have arrived", source_, relay,
                     arrived, own.in_flight.size());
  if (arrived > 0) {
    environment_.coverage.Hit(Sometimes::kAcknowledgementLost);
  }
  for (size_t i = 0; i < arrived; ++i) {
    Append(own.in_flight[i], relay);
  }
  // Nobody promises in which order the failures are reported.
  const auto first = environment_.random.Below(own.in_flight.size());
  std::rotate(own.in_flight.begin(), own.in_flight.begin() + static_cast<std::ptrdiff_t>(first),
              own.in_flight.end());
  for (outbox::OutboxMessage& message : own.in_flight) {
    own.lanes.Fail(std::move(message), Now());
  }
  own.in_flight.clear();
}

void OutboxTable::Append(const outbox::OutboxMessage& message, size_t relay) {
  environment_.Trace("{} {}: sends {} {} of {}", source_, relay, message.type, message.message_id,
                     message.key);
  if (Row* row = Find(message.message_id)) {  // else another relay has deleted it
    CheckOrder(*row, relay);
    if (++row->sends > 1) {
      environment_.coverage.Hit(Sometimes::kRecordSentTwice);
    }
  }
  broker_.Append(outbox::ToRecord(message, source_));
}

// Nothing overtakes an elder of its key that its relay knew before it.
void OutboxTable::CheckOrder(const Row& sent, size_t relay) {
  for (const Row& row : rows_) {
    const uint64_t since = row.in_hand_since[relay];
    if (since != 0 && since <= sent.in_hand_since[relay] && row.sends == 0 &&
        row.message.message_id < sent.message.message_id && row.message.key == sent.message.key) {
      environment_.Violate(fmt::format("{}: {} overtakes {} of the same key", source_,
                                       sent.message.message_id, row.message.message_id));
    }
  }
}

void OutboxTable::Delete(Relay& relay) {
  std::vector<std::string> ids = relay.lanes.TakeAcknowledged(kInHandMax);
  if (ids.empty()) {
    return;
  }
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    std::erase_if(rows_, [&](const Row& row) {
      return std::any_of(ids.begin(), ids.end(),
                         [&](const std::string& id) { return IsSameId(id, row.message.batch_id); });
    });
  }
  if (fate == CommitFate::kCommitted) {
    relay.lanes.Forget(ids);
  } else {
    relay.lanes.ReturnAcknowledged(std::move(ids));
  }
}

bool OutboxTable::IsSweepDue() const {
  const Timestamp old_enough = environment_.clock.Now() - kSweepAgeMin;
  return std::any_of(rows_.begin(), rows_.end(), [&](const Row& row) {
    return row.create_time <= old_enough && row.in_hand_since == decltype(row.in_hand_since){};
  });
}

// By any of the relays: the lease admits one. What another one has in hand is sent twice.
void OutboxTable::Sweep() {
  environment_.coverage.Hit(Sometimes::kSweepSentAgain);
  const size_t relay = environment_.random.Below(relays_.size());
  environment_.Trace("{} {}: sweeps", source_, relay);
  const Timestamp old_enough = environment_.clock.Now() - kSweepAgeMin;
  std::vector<outbox::OutboxMessage> found;
  for (const Row& row : rows_) {
    if (row.create_time <= old_enough) {
      found.push_back(row.message);
    }
  }
  Offer(relay, std::move(found));
}

void OutboxTable::Crash(size_t relay) {
  Relay& own = relays_[relay];
  // What is in flight may still arrive.
  const size_t arrived = environment_.random.Below(own.in_flight.size() + 1);
  for (size_t i = 0; i < arrived; ++i) {
    Append(own.in_flight[i], relay);
  }
  for (Row& row : rows_) {
    row.in_hand_since[relay] = 0;
  }
  own = Relay();
}

std::optional<Timestamp> OutboxTable::NextDue() const {
  std::optional<Timestamp> next;
  for (const Row& row : rows_) {
    if (row.in_hand_since == decltype(row.in_hand_since){}) {
      next = row.create_time + kSweepAgeMin;  // the first is the oldest
      break;
    }
  }
  for (const Relay& relay : relays_) {
    if (const auto retry = relay.lanes.NextRetry()) {
      const Timestamp time(std::chrono::duration_cast<Duration>(retry->time_since_epoch()));
      next = next ? std::min(*next, time) : time;
    }
  }
  return next;
}

}  // namespace orderflow::simulation
