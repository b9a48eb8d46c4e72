#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "libs/outbox/outbox_message.h"

namespace orderflow::outbox {

// The decisions of PendingMessages, which adds locks and waiting: what may be sent next, what is
// held back behind a failure, when it is tried again, and what may be deleted. Time is handed in,
// so that the simulation runs the same code. Not threadsafe.
class MessageLanes {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  explicit MessageLanes(size_t size_max) : size_max_(size_max) {}

  struct AddResult {
    size_t added = 0;
    size_t left_out = 0;  // did not fit: they remain in the table only
  };
  // Takes whole rows in (messages of one batch_id stand together), except those already in hand,
  // while fewer than `size_max` are in hand.
  AddResult Add(std::vector<OutboxMessage> messages);
  // From now on nothing fits.
  void Close() { closed_ = true; }

  bool IsReady(SteadyTime now) const;
  // When the first failed key is tried again; nothing when none has failed.
  std::optional<SteadyTime> NextRetry() const;
  // All retries that are due and up to `batch_max` others; per key in message_id order.
  std::vector<OutboxMessage> TakeReady(size_t batch_max, SteadyTime now);

  // For a message that was handed out and is about to be sent: true when an earlier one of its key
  // has failed since. It is then taken back, to follow that one.
  bool HoldBehindFailure(OutboxMessage& message, SteadyTime now);
  // How the send of a message ended. True: its key is scheduled for a retry.
  bool Acknowledge(const OutboxMessage& message, SteadyTime now);
  bool Fail(OutboxMessage message, SteadyTime now);

  // Rows of which every message is acknowledged, and which are not yet taken to be deleted.
  size_t acknowledged() const { return acknowledged_.size(); }
  std::vector<std::string> TakeAcknowledged(size_t batch_max);
  // They could not be deleted: the next TakeAcknowledged returns them again.
  void ReturnAcknowledged(std::vector<std::string> batch_ids);
  // They are deleted and no longer in hand.
  void Forget(const std::vector<std::string>& batch_ids);

  // Messages that are not acknowledged, and rows whose messages all are.
  size_t in_hand() const { return in_hand_; }
  uint64_t ends() const { return ends_; }  // of sends, so far
  // Nothing is left to send and no send is under way.
  bool IsAllAcknowledged() const { return fresh_.empty() && lanes_.empty(); }

 private:
  // The messages of one key that are in flight or wait behind a failure.
  struct Lane {
    size_t in_flight = 0;
    bool failed = false;  // holds back everything of this key
    int failures = 0;     // since the lane last was empty
    std::vector<OutboxMessage> held;
  };

  void TakeDueRetries(SteadyTime now, std::vector<OutboxMessage>& ready);
  void TakeFresh(size_t batch_max, std::vector<OutboxMessage>& ready);
  // One send of the key has ended; true when its held messages are now scheduled for a retry.
  bool EndOne(const std::string& key, SteadyTime now);

  size_t size_max_;
  bool closed_ = false;
  size_t in_hand_ = 0;
  std::unordered_map<std::string, size_t> batches_;  // messages not acknowledged, by batch id
  std::deque<OutboxMessage> fresh_;                  // added, not yet looked at
  std::unordered_map<std::string, Lane> lanes_;
  std::multimap<SteadyTime, std::string> retries_;  // keys, by when to retry
  std::vector<std::string> acknowledged_;           // batch ids to delete
  uint64_t ends_ = 0;
};

}  // namespace orderflow::outbox
