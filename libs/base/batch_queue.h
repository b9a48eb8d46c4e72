#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <limits>
#include <stop_token>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"

namespace orderflow {

// A bounded queue whose consumer takes everything that waits, up to a batch size. It is what makes
// group commit: while a consumer works on one batch, the next collects. Gather is for one that is
// busy enough to let more collect.
// Threadsafe; any number of producers and consumers.
template <class T>
class BatchQueue {
 public:
  explicit BatchQueue(size_t size_max) : size_max_(size_max) {}

  // Adds an item, or returns false (leaving `item` as it was) when the queue is full or closed.
  bool TryPush(T&& item) {
    bool is_batch = false;
    {
      MutexLock lock(mutex_);
      if (closed_ || items_.size() >= size_max_) {
        return false;
      }
      items_.push_back(std::move(item));
      is_batch = items_.size() >= wanted_size_;
    }
    not_empty_.notify_one();
    if (is_batch) {
      grown_.notify_one();
    }
    return true;
  }

  // Adds items, first to last, while there is room, and takes them out of `items`: what comes
  // together is there together, so that a consumer does not begin with the first alone.
  void PushWhatFits(std::vector<T>& items) {
    {
      MutexLock lock(mutex_);
      const size_t room = closed_ ? 0 : size_max_ - items_.size();
      if (room == 0) {
        return;
      }
      const auto end = items.begin() + static_cast<std::ptrdiff_t>(std::min(room, items.size()));
      items_.insert(items_.end(), std::make_move_iterator(items.begin()),
                    std::make_move_iterator(end));
      items.erase(items.begin(), end);
    }
    not_empty_.notify_all();
    grown_.notify_all();
  }

  // Waits for at least one item and takes up to `batch_max`, oldest first. Empty: stop was
  // requested, or the queue is closed and drained.
  std::vector<T> PopBatch(size_t batch_max, std::stop_token stop) {
    MutexLock lock(mutex_);
    not_empty_.wait(mutex_, stop,
                    [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return closed_ || !items_.empty(); });
    return Take(batch_max);
  }

  // Waits until `batch_max` items are there and takes them: for a consumer beside one that takes
  // what there is. Every caller of a queue wants the same size. Empty: as above.
  std::vector<T> PopFullBatch(size_t batch_max, std::stop_token stop) {
    MutexLock lock(mutex_);
    wanted_size_ = batch_max;
    const bool is_there = grown_.wait(mutex_, stop, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return closed_ || items_.size() >= wanted_size_;
    });
    return is_there ? Take(batch_max) : std::vector<T>();
  }

  // Waits until `batch_max` items are there, but no longer than `rest`: for a consumer that would
  // rather take a larger batch. Every caller wants the same size, as above. Ends early for stop,
  // and once the queue is closed.
  void Gather(size_t batch_max, Duration rest, std::stop_token stop) {
    MutexLock lock(mutex_);
    wanted_size_ = batch_max;
    grown_.wait_for(mutex_, stop, rest, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return closed_ || items_.size() >= wanted_size_;
    });
  }

  // From now on nothing can be pushed; what is left is taken before both kinds of consumers return
  // empty.
  void Close() {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    not_empty_.notify_all();
    grown_.notify_all();
  }

  size_t size() const {
    MutexLock lock(mutex_);
    return items_.size();
  }

 private:
  std::vector<T> Take(size_t batch_max) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    const auto count = static_cast<std::ptrdiff_t>(std::min(batch_max, items_.size()));
    std::vector<T> batch(std::make_move_iterator(items_.begin()),
                         std::make_move_iterator(items_.begin() + count));
    items_.erase(items_.begin(), items_.begin() + count);
    return batch;
  }

  const size_t size_max_;
  mutable Mutex mutex_;
  ConditionVariable not_empty_;
  ConditionVariable grown_;
  size_t wanted_size_ ABSL_GUARDED_BY(mutex_) = std::numeric_limits<size_t>::max();
  std::deque<T> items_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow
