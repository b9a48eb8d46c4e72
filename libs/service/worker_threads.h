#pragma once

#include <functional>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace orderflow::service {

// The threads of one part of a process. Not threadsafe: main.cc starts and joins.
class WorkerThreads {
 public:
  // Starts `count` threads that run `body` until it returns or stop is requested.
  void Start(int count, const std::function<void(std::stop_token)>& body) {
    for (int i = 0; i < count; ++i) {
      threads_.emplace_back(body);
    }
  }

  // Asks every thread to stop and waits for it.
  void StopAndJoin() {
    for (std::jthread& thread : threads_) {
      thread.request_stop();
    }
    Join();
  }

  // Waits for threads that end by themselves.
  void Join() {
    for (std::jthread& thread : threads_) {
      thread.join();
    }
    threads_.clear();
  }

 private:
  std::vector<std::jthread> threads_;
};

}  // namespace orderflow::service
