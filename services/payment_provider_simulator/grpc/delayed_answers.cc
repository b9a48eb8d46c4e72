#include "services/payment_provider_simulator/grpc/delayed_answers.h"

#include <chrono>
#include <utility>
#include <vector>

namespace orderflow::payment_provider_simulator {

void DelayedAnswers::RunAfter(Duration delay, std::function<void()> action) {
  if (delay > Duration(0)) {
    MutexLock lock(mutex_);
    if (!ended_) {
      actions_.emplace(std::chrono::steady_clock::now() + delay, std::move(action));
      changed_.notify_all();
      return;
    }
  }
  action();
}

void DelayedAnswers::Run(std::stop_token stop) {
  while (true) {
    std::vector<std::function<void()>> due;
    {
      MutexLock lock(mutex_);
      const auto ready = [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
        return !actions_.empty() && actions_.begin()->first <= std::chrono::steady_clock::now();
      };
      if (actions_.empty()) {
        changed_.wait(mutex_, stop,
                      [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !actions_.empty(); });
      } else if (!ready()) {
        const auto first = actions_.begin()->first;
        changed_.wait_until(mutex_, stop, first, [this, first]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
          return actions_.begin()->first < first;
        });
      }
      while (!actions_.empty() && (stop.stop_requested() || ready())) {
        due.push_back(std::move(actions_.begin()->second));
        actions_.erase(actions_.begin());
      }
      ended_ = stop.stop_requested();
    }
    for (const std::function<void()>& action : due) {
      action();
    }
    if (stop.stop_requested() && due.empty()) {
      return;
    }
  }
}

}  // namespace orderflow::payment_provider_simulator
