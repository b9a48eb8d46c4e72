#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/messaging/packed_messages.h"
#include "libs/messaging/producer.h"

namespace orderflow::outbox {

// A producer whose outcomes the test decides, one by one or by rule. Threadsafe.
class ScriptedProducer final : public messaging::Producer {
 public:
  enum class Rule {
    kHold,         // records wait until the test ends them
    kAcknowledge,  // at once
    kRefuseFull,   // kResourceExhausted
  };

  explicit ScriptedProducer(Rule rule) : rule_(rule) {}

  absl::Status Send(const messaging::Record& record,
                    std::function<void(absl::Status)> done) override {
    {
      MutexLock lock(mutex_);
      if (rule_ == Rule::kRefuseFull) {
        ++refused_;
        changed_.notify_all();
        return absl::ResourceExhaustedError("queue full");
      }
      sent_.push_back(record);
      if (rule_ == Rule::kHold) {
        held_.push_back(std::move(done));
        done = nullptr;
      }
      changed_.notify_all();
    }
    if (done != nullptr) {
      done(absl::OkStatus());
    }
    return absl::OkStatus();
  }

  void Flush(Duration /*timeout*/) override {
    MutexLock lock(mutex_);
    sent_at_flushes_.push_back(sent_.size());
    changed_.notify_all();
  }
  // How many records had been sent at each flush.
  std::vector<size_t> WaitForFlushes(size_t count) const {
    WaitFor([this, count]()
                ABSL_NO_THREAD_SAFETY_ANALYSIS { return sent_at_flushes_.size() >= count; });
    MutexLock lock(mutex_);
    return sent_at_flushes_;
  }

  void SetRule(Rule rule) {
    MutexLock lock(mutex_);
    rule_ = rule;
  }

  // Ends the oldest held record.
  void EndOne(const absl::Status& status) {
    std::function<void(absl::Status)> done;
    {
      MutexLock lock(mutex_);
      done = std::move(held_.front());
      held_.pop_front();
    }
    done(status);
  }

  // Of every topic.
  void SetPartitionCount(int count) {
    MutexLock lock(mutex_);
    partition_count_ = count;
  }
  int PartitionCount(const std::string& /*topic*/) override {
    MutexLock lock(mutex_);
    return partition_count_;
  }

  // The ids of the messages that were sent, in order, those of one record joined by "+".
  std::vector<std::string> SentIds() const {
    MutexLock lock(mutex_);
    std::vector<std::string> ids;
    for (const messaging::Record& record : sent_) {
      std::vector<messaging::Record> messages{record};
      if (messaging::IsPacked(record)) {
        messages.clear();
        messaging::Unpack(record.value, {record.topic, 0}, 0, messages);
      }
      std::string joined;
      for (const messaging::Record& message : messages) {
        joined += (joined.empty() ? "" : "+") + message.headers.at("ce_id");
      }
      ids.push_back(std::move(joined));
    }
    return ids;
  }

  // Waits until `count` records were sent in all. False: not within ten seconds.
  bool WaitForSent(size_t count) const {
    return WaitFor([this, count]()
                       ABSL_NO_THREAD_SAFETY_ANALYSIS { return sent_.size() >= count; });
  }
  bool WaitForRefused(size_t count) const {
    return WaitFor([this, count]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return refused_ >= count; });
  }

 private:
  template <class Condition>
  bool WaitFor(Condition condition) const {
    MutexLock lock(mutex_);
    return changed_.wait_for(mutex_, std::chrono::seconds(10), condition);
  }

  mutable Mutex mutex_;
  mutable ConditionVariable changed_;
  Rule rule_ ABSL_GUARDED_BY(mutex_);
  std::vector<messaging::Record> sent_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::function<void(absl::Status)>> held_ ABSL_GUARDED_BY(mutex_);
  size_t refused_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<size_t> sent_at_flushes_ ABSL_GUARDED_BY(mutex_);
  int partition_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace orderflow::outbox
