#include "tools/orderctl/demo/demo_run.h"

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "libs/base/backoff.h"
#include "libs/base/mutex.h"
#include "tools/orderctl/demo/due_queue.h"
#include "tools/orderctl/new_id.h"

namespace orderflow::orderctl {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr BackoffPolicy kCallRetry{.initial = std::chrono::milliseconds(50),
                                   .max = std::chrono::seconds(1)};
constexpr BackoffPolicy kPollAgain{.initial = std::chrono::milliseconds(40),
                                   .max = std::chrono::seconds(1)};
constexpr int kTrackers =
    4;  // threads that ask for orders; enough for thousands of answers a second

bool MayRepeat(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kUnknown:
      return true;
    default:
      return false;
  }
}

double Random01() {
  thread_local std::mt19937 random(std::random_device{}());
  return std::uniform_real_distribution<double>(0.5, 1.0)(random);
}

class Demo {
 public:
  Demo(OrderApi& api, const DemoOptions& options)
      : api_(api),
        options_(options),
        deadline_(SteadyClock::now() + options.timeout),
        orders_(static_cast<size_t>(options.orders)),
        polls_(orders_.size(), 0) {
    for (int index = 0; index < options.orders; ++index) {
      orders_[static_cast<size_t>(index)].index = index;
      orders_[static_cast<size_t>(index)].scenario = ScenarioOf(index);
    }
  }

  std::vector<DemoOrder> Run(const std::function<void(const DemoProgress&)>& on_progress) {
    std::vector<std::thread> threads;
    for (int i = 0; i < std::min(options_.concurrency, options_.orders); ++i) {
      threads.emplace_back([this] { PlaceOrders(); });
    }
    for (int i = 0; i < kTrackers; ++i) {
      threads.emplace_back([this] { TrackOrders(); });
    }
    WaitUntilDone(on_progress);
    stop_ = true;
    due_.Close();
    for (std::thread& thread : threads) {
      thread.join();
    }
    MutexLock lock(mutex_);
    return orders_;
  }

 private:
  void WaitUntilDone(const std::function<void(const DemoProgress&)>& on_progress) {
    bool done = options_.orders == 0;
    while (!done && SteadyClock::now() < deadline_) {
      DemoProgress progress;
      {
        MutexLock lock(mutex_);
        finished_.wait_for(
            mutex_, options_.progress_interval,
            [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return finished_count_ == options_.orders; });
        progress = CountLocked();
        done = finished_count_ == options_.orders;
      }
      on_progress(progress);
    }
  }

  DemoProgress CountLocked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    DemoProgress progress;
    progress.placed = placed_count_;
    for (const DemoOrder& order : orders_) {
      const bool ended = order.at_rest;
      progress.confirmed += ended && order.state == order::v1::ORDER_STATE_CONFIRMED ? 1 : 0;
      progress.rejected += ended && order.state == order::v1::ORDER_STATE_REJECTED ? 1 : 0;
      progress.cancelled += ended && order.state == order::v1::ORDER_STATE_CANCELLED ? 1 : 0;
      progress.open += !order.order_id.empty() && !ended ? 1 : 0;
    }
    return progress;
  }

  bool OutOfTime() const { return stop_ || SteadyClock::now() >= deadline_; }

  // Repeats `call` until it gives a final answer or the time is up.
  template <class Call>
  absl::StatusOr<order::v1::Order> Repeat(Call call, int& retries) {
    for (int attempt = 1;; ++attempt) {
      absl::StatusOr<order::v1::Order> answer = call();
      if (answer.ok() || !MayRepeat(answer.status()) || OutOfTime()) {
        return answer;
      }
      ++retries;
      std::this_thread::sleep_for(BackoffDelay(kCallRetry, attempt, Random01()));
    }
  }

  void PlaceOrders() {
    for (int index = next_++; index < options_.orders && !OutOfTime(); index = next_++) {
      PlaceOrder(index);
    }
  }

  void PlaceOrder(int index) {
    const auto request = RequestFor(index, options_.run, NewId());
    int retries = 0;
    const auto answer = Repeat([&] { return api_.Create(request); }, retries);
    {
      MutexLock lock(mutex_);
      DemoOrder& order = orders_[static_cast<size_t>(index)];
      order.retries += retries;
      ++placed_count_;
      if (!answer.ok()) {
        order.error = answer.status();
        FinishedOneLocked();
        return;
      }
      order.order_id = answer->order_id();
      order.state = answer->state();
    }
    if (CancelsUnderWay(ScenarioOf(index))) {
      Cancel(index, answer->order_id());
    }
    LookAgainLater(index);
  }

  void Cancel(int index, const std::string& order_id) {
    order::v1::CancelOrderRequest request;
    request.set_order_id(order_id);
    request.set_request_id(NewId());
    request.set_reason("the demo changed its mind");
    int retries = 0;
    const auto answer = Repeat([&] { return api_.Cancel(request); }, retries);
    MutexLock lock(mutex_);
    DemoOrder& order = orders_[static_cast<size_t>(index)];
    order.retries += retries;
    order.cancel_accepted = answer.ok();
    if (answer.ok()) {
      order.state = answer->state();
    } else {
      order.error = answer.status();
    }
  }

  void TrackOrders() {
    for (int index = due_.Pop(); index >= 0; index = due_.Pop()) {
      Look(index);
    }
  }

  void Look(int index) {
    std::string order_id;
    {
      MutexLock lock(mutex_);
      order_id = orders_[static_cast<size_t>(index)].order_id;
    }
    const auto answer = api_.Get(order_id);
    bool cancel = false;
    {
      MutexLock lock(mutex_);
      DemoOrder& order = orders_[static_cast<size_t>(index)];
      order.look_error = answer.status();
      if (answer.ok()) {
        order.state = answer->state();
        order.reason = answer->refusal().reason();
        cancel = CancelsConfirmed(order.scenario) && !order.cancel_accepted && order.error.ok() &&
                 order.state == order::v1::ORDER_STATE_CONFIRMED;
        order.at_rest = !cancel && IsAtRest(order);
        if (order.at_rest) {
          FinishedOneLocked();
          return;
        }
      }
    }
    if (cancel) {
      Cancel(index, order_id);
    }
    LookAgainLater(index);
  }

  static bool IsAtRest(const DemoOrder& order) {
    switch (order.state) {
      case order::v1::ORDER_STATE_CONFIRMED:
        return !order.cancel_accepted;
      case order::v1::ORDER_STATE_REJECTED:
      case order::v1::ORDER_STATE_CANCELLED:
        return true;
      default:
        return false;
    }
  }

  void LookAgainLater(int index) {
    int polls = 0;
    {
      MutexLock lock(mutex_);
      polls = ++polls_[static_cast<size_t>(index)];
    }
    due_.Push(SteadyClock::now() + BackoffDelay(kPollAgain, polls, Random01()), index);
  }

  void FinishedOneLocked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (++finished_count_ == options_.orders) {
      finished_.notify_all();
    }
  }

  OrderApi& api_;
  const DemoOptions options_;
  const SteadyClock::time_point deadline_;
  std::atomic<int> next_ = 0;
  std::atomic<bool> stop_ = false;
  DueQueue due_;
  Mutex mutex_;
  ConditionVariable finished_;
  std::vector<DemoOrder> orders_ ABSL_GUARDED_BY(mutex_);
  std::vector<int> polls_ ABSL_GUARDED_BY(mutex_);
  int placed_count_ ABSL_GUARDED_BY(mutex_) = 0;
  int finished_count_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace

std::vector<DemoOrder> RunDemo(OrderApi& api, const DemoOptions& options,
                               const std::function<void(const DemoProgress&)>& on_progress) {
  return Demo(api, options).Run(on_progress);
}

}  // namespace orderflow::orderctl
