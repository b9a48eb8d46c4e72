#pragma once

#include <chrono>
#include <queue>

#include "libs/base/mutex.h"

namespace orderflow::orderctl {

// Orders whose next look is due at a certain time. Threadsafe.
class DueQueue {
 public:
  void Push(std::chrono::steady_clock::time_point due, int index) {
    {
      MutexLock lock(mutex_);
      heap_.push({due, index});
    }
    changed_.notify_one();
  }

  // Waits for the next due order; -1 when closed.
  int Pop() {
    MutexLock lock(mutex_);
    while (!closed_) {
      if (heap_.empty()) {
        changed_.wait(mutex_);
      } else if (const auto due = heap_.top().due; due > std::chrono::steady_clock::now()) {
        changed_.wait_until(mutex_, due);
      } else {
        const int index = heap_.top().index;
        heap_.pop();
        return index;
      }
    }
    return -1;
  }

  void Close() {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
  }

 private:
  struct Entry {
    std::chrono::steady_clock::time_point due;
    int index;
    bool operator<(const Entry& other) const { return due > other.due; }
  };

  Mutex mutex_;
  ConditionVariable changed_;
  std::priority_queue<Entry> heap_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::orderctl
