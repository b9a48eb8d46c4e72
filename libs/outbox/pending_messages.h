#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::outbox {

// What a relay has in hand: rows that were offered and are not yet deleted, with their messages. It
// decides what may be sent next, and does no I/O. Rows are taken in while fewer than `size_max` are
// in hand: messages that are not acknowledged, and rows whose messages all are.
//
// Per key, messages are handed out in message_id order as far as they are known. After a failed
// send nothing more of that key is handed out until all that is in flight of it has come to an end;
// then the failed ones go first, in order, and what came meanwhile follows. What is handed out but
// not yet given to the producer is held back, too (SendOrHold). Other keys are not held up.
// Threadsafe.
class PendingMessages {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  explicit PendingMessages(size_t size_max) : size_max_(size_max) {}

  struct AddResult {
    size_t added = 0;
    size_t left_out = 0;  // did not fit: they remain in the table only
  };
  // Takes whole rows in (messages of one batch_id stand together), except those already in hand.
  AddResult Add(std::vector<OutboxMessage> messages);
  // From now on nothing fits.
  void Close();

  // Waits until messages may be sent and hands out about `batch_max` of them. Empty: stop
  // requested.
  std::vector<OutboxMessage> TakeReady(size_t batch_max, const std::stop_token& stop);

  // Gives a message that was handed out to the producer by `send`, and returns what that returned.
  // When an earlier message of its key has failed since, it is taken back instead, to follow that
  // one, and nothing is returned. A failure that comes while `send` runs is taken in after it: so
  // with a producer that reports what its old client has failed before its new one takes anything,
  // no message overtakes its failed elder.
  std::optional<absl::Status> SendOrHold(OutboxMessage& message,
                                         const std::function<absl::Status()>& send);

  // How the send of a message that was handed out ended. Fail must not be called within `send`.
  void Acknowledge(const OutboxMessage& message);
  void Fail(OutboxMessage message);

  // Waits up to `timeout` for the next end of a send. For a full producer.
  void WaitForProgress(std::chrono::milliseconds timeout, const std::stop_token& stop);

  // Waits for rows of which every message is acknowledged, then up to `gather_time` for more, and
  // takes the ids of up to `batch_max` of them. After stop is requested it no longer waits.
  std::vector<std::string> TakeAcknowledged(size_t batch_max, std::chrono::milliseconds gather_time,
                                            const std::stop_token& stop);
  // They could not be deleted: the next TakeAcknowledged returns them again.
  void ReturnAcknowledged(std::vector<std::string> batch_ids);
  // They are deleted and no longer in hand.
  void Forget(const std::vector<std::string>& batch_ids);

  // Waits until at most `size` are in hand. False: they are not within `timeout`, or stop
  // is requested.
  bool WaitUntilAtMost(size_t size, std::chrono::milliseconds timeout, const std::stop_token& stop);
  // Waits until nothing is left to send. False: it is not within `timeout`.
  bool WaitUntilAllAcknowledged(std::chrono::milliseconds timeout);

 private:
  // The messages of one key that are in flight or wait behind a failure.
  struct Lane {
    size_t in_flight = 0;
    bool failed = false;  // holds back everything of this key
    int failures = 0;     // since the lane last was empty
    std::vector<OutboxMessage> held;
  };

  bool IsReadyLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeDueRetriesLocked(std::vector<OutboxMessage>& ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void TakeFreshLocked(size_t batch_max, std::vector<OutboxMessage>& ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // One send of the key has ended; true when its held messages are now due for a retry.
  bool EndOneLocked(const std::string& key) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t size_max_;
  Mutex sending_ ABSL_ACQUIRED_BEFORE(mutex_);  // from the look at a lane to the end of the send
  mutable Mutex mutex_;
  ConditionVariable sendable_;   // fresh_ or retries_ changed
  ConditionVariable ended_;      // a send ended
  ConditionVariable deletable_;  // acknowledged_ is no longer empty
  ConditionVariable forgotten_;  // size_ shrank
  ConditionVariable never_;      // a sleep that ends with stop
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  size_t size_ ABSL_GUARDED_BY(mutex_) = 0;
  // By batch id, how many messages of the row are not acknowledged.
  std::unordered_map<std::string, size_t> batches_ ABSL_GUARDED_BY(mutex_);
  std::deque<OutboxMessage> fresh_ ABSL_GUARDED_BY(mutex_);  // added, not yet looked at
  std::unordered_map<std::string, Lane> lanes_ ABSL_GUARDED_BY(mutex_);
  std::multimap<SteadyTime, std::string> retries_
      ABSL_GUARDED_BY(mutex_);                                     // keys, by when to retry
  std::vector<std::string> acknowledged_ ABSL_GUARDED_BY(mutex_);  // batch ids to delete
  uint64_t ends_ ABSL_GUARDED_BY(mutex_) = 0;                      // of sends
};

}  // namespace orderflow::outbox
