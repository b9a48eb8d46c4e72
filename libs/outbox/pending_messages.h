#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "libs/outbox/message_lanes.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::outbox {

// What a relay has in hand: rows that were offered and are not yet deleted, with their messages,
// shared by its threads, which wait here for what they can do next. What may be sent when, and what
// fits, is decided by MessageLanes.
//
// Per key, messages are handed out in message_id order as far as they are known. After a failed
// send nothing more of that key is handed out until all that is in flight of it has come to an end;
// then the failed ones go first, in order, and what came meanwhile follows. What is handed out but
// not yet given to the producer is held back, too (SendOrHold). Other keys are not held up.
// Threadsafe.
class PendingMessages {
 public:
  using AddResult = MessageLanes::AddResult;

  explicit PendingMessages(size_t size_max) : lanes_(size_max) {}

  // Takes whole rows in (messages of one batch_id stand together), except those already in hand.
  AddResult Add(std::vector<OutboxMessage> messages);
  // From now on nothing fits.
  void Close();

  // Waits until messages may be sent and hands out about `batch_max` of them. Empty: stop
  // requested.
  std::vector<OutboxMessage> TakeReady(size_t batch_max, const std::stop_token& stop);

  // Gives messages that were handed out to the producer by `send`, all of them at once, and returns
  // what that returned. Those of a key of which an earlier message has failed since are taken back
  // before, out of `messages`, to follow that one; when none is left nothing is sent or returned. A
  // failure that comes while `send` runs is taken in after it: so
  // with a producer that reports what its old client has failed before its new one takes anything,
  // no message overtakes its failed elder.
  std::optional<absl::Status> SendOrHold(std::vector<OutboxMessage>& messages,
                                         const std::function<absl::Status()>& send);

  // How the send of messages that were handed out ended. Fail must not be called within `send`.
  void Acknowledge(const std::vector<OutboxMessage>& messages);
  void Fail(std::vector<OutboxMessage> messages);

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
  Mutex sending_ ABSL_ACQUIRED_BEFORE(mutex_);  // from the look at a lane to the end of the send
  mutable Mutex mutex_;
  ConditionVariable sendable_;   // something may be ready to be sent
  ConditionVariable ended_;      // a send ended
  ConditionVariable deletable_;  // a row is acknowledged
  ConditionVariable forgotten_;  // less is in hand
  ConditionVariable never_;      // a sleep that ends with stop
  MessageLanes lanes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::outbox
