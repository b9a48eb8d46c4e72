#include "libs/outbox/pending_messages.h"

#include <utility>

namespace orderflow::outbox {
namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

PendingMessages::AddResult PendingMessages::Add(std::vector<OutboxMessage> messages) {
  AddResult result;
  {
    MutexLock lock(mutex_);
    result = lanes_.Add(std::move(messages));
  }
  sendable_.notify_one();
  return result;
}

void PendingMessages::Close() {
  MutexLock lock(mutex_);
  lanes_.Close();
}

std::vector<OutboxMessage> PendingMessages::TakeReady(size_t batch_max,
                                                      const std::stop_token& stop) {
  std::vector<OutboxMessage> ready;
  MutexLock lock(mutex_);
  while (ready.empty()) {
    const auto retry = lanes_.NextRetry();
    // Ends also when an earlier retry is scheduled, whose time then bounds the next wait.
    const auto is_ready = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      const auto next = lanes_.NextRetry();
      return lanes_.IsReady(SteadyClock::now()) || (next && (!retry || *next < *retry));
    };
    if (retry) {
      sendable_.wait_until(mutex_, stop, *retry, is_ready);
    } else {
      sendable_.wait(mutex_, stop, is_ready);
    }
    if (stop.stop_requested()) {
      return {};
    }
    ready = lanes_.TakeReady(batch_max, SteadyClock::now());
  }
  return ready;
}

std::optional<absl::Status> PendingMessages::SendOrHold(std::vector<OutboxMessage>& messages,
                                                        const std::function<absl::Status()>& send) {
  MutexLock sending_lock(sending_);
  {
    MutexLock lock(mutex_);
    const auto now = SteadyClock::now();
    std::erase_if(messages, [&](OutboxMessage& message) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return lanes_.HoldBehindFailure(message, now);
    });
  }
  return messages.empty() ? std::nullopt : std::optional(send());
}

void PendingMessages::Acknowledge(const std::vector<OutboxMessage>& messages) {
  bool is_first = false;
  bool retry_scheduled = false;
  {
    MutexLock lock(mutex_);
    const bool none = lanes_.acknowledged() == 0;
    const auto now = SteadyClock::now();
    for (const OutboxMessage& message : messages) {
      retry_scheduled = lanes_.Acknowledge(message, now) || retry_scheduled;
    }
    is_first = none && lanes_.acknowledged() > 0;
  }
  if (retry_scheduled) {
    sendable_.notify_one();  // an earlier message of a key has failed and waited for this one
  }
  if (is_first) {
    deletable_.notify_one();  // later ones are found there: a wake-up for each would cost more than
                              // the work
  }
  ended_.notify_all();
  forgotten_.notify_all();
}

void PendingMessages::Fail(std::vector<OutboxMessage> messages) {
  {
    MutexLock sending_lock(sending_);
    MutexLock lock(mutex_);
    const auto now = SteadyClock::now();
    for (OutboxMessage& message : messages) {
      (void)lanes_.Fail(std::move(message), now);
    }
  }
  sendable_.notify_one();
  ended_.notify_all();
}

void PendingMessages::WaitForProgress(std::chrono::milliseconds timeout,
                                      const std::stop_token& stop) {
  MutexLock lock(mutex_);
  const uint64_t ends = lanes_.ends();
  ended_.wait_for(mutex_, stop, timeout,
                  [this, ends]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return lanes_.ends() != ends; });
}

std::vector<std::string> PendingMessages::TakeAcknowledged(size_t batch_max,
                                                           std::chrono::milliseconds gather_time,
                                                           const std::stop_token& stop) {
  MutexLock lock(mutex_);
  deletable_.wait(mutex_, stop,
                  [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return lanes_.acknowledged() > 0; });
  if (lanes_.acknowledged() < batch_max) {
    never_.wait_for(mutex_, stop, gather_time, [] { return false; });
  }
  return lanes_.TakeAcknowledged(batch_max);
}

void PendingMessages::ReturnAcknowledged(std::vector<std::string> batch_ids) {
  MutexLock lock(mutex_);
  lanes_.ReturnAcknowledged(std::move(batch_ids));
}

void PendingMessages::Forget(const std::vector<std::string>& batch_ids) {
  {
    MutexLock lock(mutex_);
    lanes_.Forget(batch_ids);
  }
  forgotten_.notify_all();
}

bool PendingMessages::WaitUntilAtMost(size_t size, std::chrono::milliseconds timeout,
                                      const std::stop_token& stop) {
  MutexLock lock(mutex_);
  return forgotten_.wait_for(mutex_, stop, timeout, [this, size]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return lanes_.in_hand() <= size;
  }) && !stop.stop_requested();
}

bool PendingMessages::WaitUntilAllAcknowledged(std::chrono::milliseconds timeout) {
  MutexLock lock(mutex_);
  return ended_.wait_for(mutex_, timeout, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
    return lanes_.IsAllAcknowledged();
  });
}

}  // namespace orderflow::outbox
