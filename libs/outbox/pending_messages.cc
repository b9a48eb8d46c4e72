#include "libs/outbox/pending_messages.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "libs/base/backoff.h"
#include "libs/base/invariant.h"

namespace orderflow::outbox {
namespace {

// After a failed send: the producer has itself waited for the broker, so what fails here is either
// a replaced producer (try at once) or a message the broker refuses (do not hammer).
constexpr BackoffPolicy kRetryBackoff{.initial = std::chrono::milliseconds(20),
                                      .max = std::chrono::seconds(5)};

void SortById(std::vector<OutboxMessage>::iterator begin,
              std::vector<OutboxMessage>::iterator end) {
  std::sort(begin, end, [](const OutboxMessage& a, const OutboxMessage& b) {
    return a.message_id < b.message_id;
  });
}

}  // namespace

PendingMessages::AddResult PendingMessages::Add(std::vector<OutboxMessage> messages) {
  AddResult result;
  {
    MutexLock lock(mutex_);
    for (auto first = messages.begin(); first != messages.end();) {
      const auto next = std::find_if(first, messages.end(), [&first](const OutboxMessage& message) {
        return message.batch_id != first->batch_id;
      });
      const auto count = static_cast<size_t>(next - first);
      if (closed_ || size_ >= size_max_) {
        result.left_out += count;
      } else if (batches_.try_emplace(first->batch_id, count).second) {
        result.added += count;
        size_ += count;
        std::move(first, next, std::back_inserter(fresh_));
      }
      first = next;
    }
  }
  sendable_.notify_one();
  return result;
}

void PendingMessages::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
}

std::vector<OutboxMessage> PendingMessages::TakeReady(size_t batch_max,
                                                      const std::stop_token& stop) {
  std::vector<OutboxMessage> ready;
  MutexLock lock(mutex_);
  while (ready.empty()) {
    const auto is_ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return IsReadyLocked(); };
    if (retries_.empty()) {
      // Ends also when a first retry is scheduled, whose time then bounds the next wait.
      sendable_.wait(mutex_, stop, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return is_ready() || !retries_.empty();
      });
    } else {
      const SteadyTime due = retries_.begin()->first;
      sendable_.wait_until(mutex_, stop, due, [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return is_ready() || retries_.begin()->first < due;
      });
    }
    if (stop.stop_requested()) {
      return {};
    }
    TakeDueRetriesLocked(ready);
    TakeFreshLocked(batch_max, ready);
  }
  return ready;
}

bool PendingMessages::IsReadyLocked() const {
  return !fresh_.empty() ||
         (!retries_.empty() && retries_.begin()->first <= std::chrono::steady_clock::now());
}

void PendingMessages::TakeDueRetriesLocked(std::vector<OutboxMessage>& ready) {
  const SteadyTime now = std::chrono::steady_clock::now();
  while (!retries_.empty() && retries_.begin()->first <= now) {
    Lane& lane = lanes_.at(retries_.begin()->second);
    retries_.erase(retries_.begin());
    SortById(lane.held.begin(), lane.held.end());
    lane.failed = false;
    lane.in_flight = lane.held.size();
    std::move(lane.held.begin(), lane.held.end(), std::back_inserter(ready));
    lane.held.clear();
  }
}

void PendingMessages::TakeFreshLocked(size_t batch_max, std::vector<OutboxMessage>& ready) {
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
  fresh_.erase(fresh_.begin(), fresh_.begin() + count);
  // Two transactions of one order can be offered in the wrong order by the threads that committed
  // them.
  SortById(ready.begin() + first_fresh, ready.end());
}

std::optional<absl::Status> PendingMessages::SendOrHold(OutboxMessage& message,
                                                        const std::function<absl::Status()>& send) {
  MutexLock sending_lock(sending_);
  {
    MutexLock lock(mutex_);
    const std::string key = message.key;
    Lane& lane = lanes_.at(key);
    if (lane.failed) {
      lane.held.push_back(std::move(message));
      (void)EndOneLocked(key);
      return std::nullopt;
    }
  }
  return send();
}

void PendingMessages::Acknowledge(const OutboxMessage& message) {
  bool is_first = false;
  bool retry_scheduled = false;
  {
    MutexLock lock(mutex_);
    if (--batches_.at(message.batch_id) == 0) {
      is_first = acknowledged_.empty();
      acknowledged_.push_back(message.batch_id);
    } else {
      --size_;
      forgotten_.notify_all();
    }
    retry_scheduled = EndOneLocked(message.key);
  }
  if (retry_scheduled) {
    sendable_.notify_one();  // an earlier message of this key has failed and waited for this one
  }
  if (is_first) {
    deletable_.notify_one();  // later ones are found there: a wake-up for each would cost more than
                              // the work
  }
  ended_.notify_all();
}

void PendingMessages::Fail(OutboxMessage message) {
  {
    MutexLock sending_lock(sending_);
    MutexLock lock(mutex_);
    const std::string key = message.key;
    Lane& lane = lanes_.at(key);
    lane.failed = true;
    lane.held.push_back(std::move(message));
    (void)EndOneLocked(key);
  }
  sendable_.notify_one();
  ended_.notify_all();
}

bool PendingMessages::EndOneLocked(const std::string& key) {
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
  retries_.emplace(std::chrono::steady_clock::now() + BackoffDelay(kRetryBackoff, lane.failures, 1),
                   key);
  return true;
}

void PendingMessages::WaitForProgress(std::chrono::milliseconds timeout,
                                      const std::stop_token& stop) {
  MutexLock lock(mutex_);
  const uint64_t ends = ends_;
  ended_.wait_for(mutex_, stop, timeout,
                  [this, ends]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return ends_ != ends; });
}

std::vector<std::string> PendingMessages::TakeAcknowledged(size_t batch_max,
                                                           std::chrono::milliseconds gather_time,
                                                           const std::stop_token& stop) {
  MutexLock lock(mutex_);
  deletable_.wait(mutex_, stop,
                  [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !acknowledged_.empty(); });
  if (acknowledged_.size() < batch_max) {
    never_.wait_for(mutex_, stop, gather_time, [] { return false; });
  }
  const auto count = static_cast<std::ptrdiff_t>(std::min(batch_max, acknowledged_.size()));
  std::vector<std::string> taken(std::make_move_iterator(acknowledged_.begin()),
                                 std::make_move_iterator(acknowledged_.begin() + count));
  acknowledged_.erase(acknowledged_.begin(), acknowledged_.begin() + count);
  return taken;
}

void PendingMessages::ReturnAcknowledged(std::vector<std::string> batch_ids) {
  MutexLock lock(mutex_);
  acknowledged_.insert(acknowledged_.end(), std::make_move_iterator(batch_ids.begin()),
                       std::make_move_iterator(batch_ids.end()));
}

void PendingMessages::Forget(const std::vector<std::string>& batch_ids) {
  {
    MutexLock lock(mutex_);
    for (const std::string& batch_id : batch_ids) {
      size_ -= batches_.erase(batch_id);
    }
  }
  forgotten_.notify_all();
}

bool PendingMessages::WaitUntilAtMost(size_t size, std::chrono::milliseconds timeout,
                                      const std::stop_token& stop) {
  MutexLock lock(mutex_);
  return forgotten_.wait_for(mutex_, stop, timeout, [this, size]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return size_ <= size;
  }) && !stop.stop_requested();
}

bool PendingMessages::WaitUntilAllAcknowledged(std::chrono::milliseconds timeout) {
  MutexLock lock(mutex_);
  return ended_.wait_for(mutex_, timeout, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return fresh_.empty() && lanes_.empty();
  });
}

}  // namespace orderflow::outbox
