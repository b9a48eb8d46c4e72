#include "libs/outbox/message_lanes.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/backoff.h"
#include "libs/base/invariant.h"
#include "libs/base/planted_bug.h"

namespace orderflow::outbox {
namespace {

// After a failed send: the producer has itself waited for the broker, so what fails here is either
// a replaced producer (try at once) or a message the broker refuses (do not hammer).
constexpr BackoffPolicy kRetryBackoff{.initial = std::chrono::milliseconds(20),
                                      .max = std::chrono::seconds(5)};

}  // namespace

MessageLanes::AddResult MessageLanes::Add(std::vector<OutboxMessage> messages) {
  AddResult result;
  for (auto first = messages.begin(); first != messages.end();) {
    const auto next = std::find_if(first, messages.end(), [&first](const OutboxMessage& message) {
      return message.batch_id != first->batch_id;
    });
    const auto count = static_cast<size_t>(next - first);
    if (closed_ || in_hand_ >= size_max_) {
      result.left_out += count;
    } else if (batches_.try_emplace(first->batch_id, count).second) {
      result.added += count;
      in_hand_ += count;
      std::move(first, next, std::back_inserter(fresh_));
    }
    first = next;
  }
  return result;
}

bool MessageLanes::IsReady(SteadyTime now) const {
  return !fresh_.empty() || (!retries_.empty() && retries_.begin()->first <= now);
}

std::optional<MessageLanes::SteadyTime> MessageLanes::NextRetry() const {
  return retries_.empty() ? std::nullopt : std::optional(retries_.begin()->first);
}

std::vector<OutboxMessage> MessageLanes::TakeReady(size_t batch_max, SteadyTime now) {
  std::vector<OutboxMessage> ready;
  TakeDueRetries(now, ready);
  TakeFresh(batch_max, ready);
  return ready;
}

void MessageLanes::TakeDueRetries(SteadyTime now, std::vector<OutboxMessage>& ready) {
  while (!retries_.empty() && retries_.begin()->first <= now) {
    Lane& lane = lanes_.at(retries_.begin()->second);
    retries_.erase(retries_.begin());
    if (!IsPlanted(PlantedBug::kHeldMessagesUnsorted)) {
      SortById(lane.held.begin(), lane.held.end());
    }
    lane.failed = false;
    lane.in_flight = lane.held.size();
    std::move(lane.held.begin(), lane.held.end(), std::back_inserter(ready));
    lane.held.clear();
  }
}

void MessageLanes::TakeFresh(size_t batch_max, std::vector<OutboxMessage>& ready) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(batch_max, fresh_.size()));
  const auto first_fresh = static_cast<std::ptrdiff_t>(ready.size());
  for (auto message = fresh_.begin(); message != fresh_.begin() + count; ++message) {
    Lane& lane = lanes_[message->key];
    if (lane.failed) {
      lane.held.push_back(std::move(*message));
    } else {
      ++lane.in_flight;
      ready.push_back(std::move(*message));
    }
  }
  const auto taken = IsPlanted(PlantedBug::kMessageBehindBatchSkipped)
                         ? std::min(count + 1, static_cast<std::ptrdiff_t>(fresh_.size()))
                         : count;
  fresh_.erase(fresh_.begin(), fresh_.begin() + taken);
  // Two transactions of one order can be offered in the wrong order by the threads that committed
  // them.
  if (!IsPlanted(PlantedBug::kFreshMessagesUnsorted)) {
    SortById(ready.begin() + first_fresh, ready.end());
  }
}

bool MessageLanes::HoldBehindFailure(OutboxMessage& message, SteadyTime now) {
  const std::string key = message.key;
  Lane& lane = lanes_.at(key);
  if (!lane.failed || IsPlanted(PlantedBug::kYoungerOvertakesFailed)) {
    return false;
  }
  lane.held.push_back(std::move(message));
  (void)EndOne(key, now);
  return true;
}

bool MessageLanes::Acknowledge(const OutboxMessage& message, SteadyTime now) {
  if (--batches_.at(message.batch_id) == 0 ||
      IsPlanted(PlantedBug::kRowDeletedAtFirstAcknowledgement)) {
    acknowledged_.push_back(message.batch_id);
  } else {
    --in_hand_;
  }
  return EndOne(message.key, now);
}

bool MessageLanes::Fail(OutboxMessage message, SteadyTime now) {
  if (IsPlanted(PlantedBug::kFailedSendCountsAsSent)) {
    return Acknowledge(message, now);
  }
  const std::string key = message.key;
  Lane& lane = lanes_.at(key);
  lane.failed = true;
  lane.held.push_back(std::move(message));
  return EndOne(key, now);
}

bool MessageLanes::EndOne(const std::string& key, SteadyTime now) {
  ++ends_;
  Lane& lane = lanes_.at(key);
  INVARIANT(lane.in_flight > 0, "a send ended that was never begun");
  --lane.in_flight;
  if (lane.in_flight > 0) {
    return false;
  }
  if (!lane.failed) {
    lanes_.erase(key);
    return false;
  }
  ++lane.failures;
  if (!IsPlanted(PlantedBug::kFailedSendForgotten)) {
    retries_.emplace(now + BackoffDelay(kRetryBackoff, lane.failures, 1), key);
  }
  return true;
}

std::vector<std::string> MessageLanes::TakeAcknowledged(size_t batch_max) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(batch_max, acknowledged_.size()));
  std::vector<std::string> taken(std::make_move_iterator(acknowledged_.begin()),
                                 std::make_move_iterator(acknowledged_.begin() + count));
  acknowledged_.erase(acknowledged_.begin(), acknowledged_.begin() + count);
  return taken;
}

void MessageLanes::ReturnAcknowledged(std::vector<std::string> batch_ids) {
  if (IsPlanted(PlantedBug::kFailedDeleteForgotten)) {
    return;
  }
  acknowledged_.insert(acknowledged_.end(), std::make_move_iterator(batch_ids.begin()),
                       std::make_move_iterator(batch_ids.end()));
}

void MessageLanes::Forget(const std::vector<std::string>& batch_ids) {
  for (const std::string& batch_id : batch_ids) {
    in_hand_ -= batches_.erase(batch_id);
  }
}

}  // namespace orderflow::outbox
