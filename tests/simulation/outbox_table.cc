#include "tests/simulation/outbox_table.h"

#include <iterator>
#include <utility>

#include "libs/outbox/outbox_record.h"

namespace orderflow::simulation {
namespace {

constexpr double kSendLost = 0.03;
constexpr double kAcknowledgementLost = 0.05;
constexpr double kCrashBeforeDelete = 0.03;

}  // namespace

OutboxTable::OutboxTable(Environment& environment, Broker& broker, std::string source)
    : environment_(environment), broker_(broker), source_(std::move(source)) {}

void OutboxTable::Insert(std::vector<outbox::OutboxMessage> messages, bool hand_off) {
  for (outbox::OutboxMessage& message : messages) {
    if (hand_off) {
      in_hand_.insert(message.message_id);
    }
    std::string id = message.message_id;
    rows_.emplace(std::move(id), std::move(message));
  }
}

void OutboxTable::Relay() {
  // The first message in hand of a key that is drawn; keys do not wait for each other.
  auto chosen = std::next(in_hand_.begin(),
                          static_cast<std::ptrdiff_t>(environment_.random.Below(in_hand_.size())));
  const std::string key = rows_.at(*chosen).key;
  for (auto earlier = in_hand_.begin(); earlier != chosen; ++earlier) {
    if (rows_.at(*earlier).key == key) {
      chosen = earlier;
      break;
    }
  }
  const outbox::OutboxMessage& message = rows_.at(*chosen);
  if (environment_.Fault(kSendLost)) {
    environment_.Trace("{}: send of {} lost", source_, message.type);
    return;
  }
  environment_.Trace("{}: sends {} of {}", source_, message.type, message.key);
  if (++sends_[message.message_id] > 1) {
    environment_.coverage.Hit(Sometimes::kRecordSentTwice);
  }
  broker_.Append(outbox::ToRecord(message, source_));
  if (environment_.Fault(kAcknowledgementLost)) {
    return;  // stays in hand and is sent again
  }
  if (environment_.Fault(kCrashBeforeDelete)) {
    in_hand_.erase(chosen);  // the row stays until a sweep finds it
    return;
  }
  rows_.erase(*chosen);
  in_hand_.erase(chosen);
}

void OutboxTable::Sweep() {
  environment_.coverage.Hit(Sometimes::kSweepSentAgain);
  environment_.Trace("{}: sweeps", source_);
  for (const auto& [id, message] : rows_) {
    in_hand_.insert(id);
  }
}

}  // namespace orderflow::simulation
