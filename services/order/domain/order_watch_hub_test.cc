// Proves that watchers get stored history first and live changes after it, without gaps, and that
// limits and ends reach them.

#include "services/order/domain/order_watch_hub.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "libs/testing/status_matchers.h"
#include "services/order/domain/testing/order_store_stub.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

class StoreOfOne final : public OrderStoreStub {
 public:
  absl::StatusOr<std::map<OrderId, Order>> Get(std::span<const OrderId> order_ids) override {
    MutexLock lock(mutex_);
    std::map<OrderId, Order> found;
    for (const OrderId& id : order_ids) {
      if (id == order.order_id) {
        found.emplace(id, order);
      }
    }
    return found;
  }
  void Append(StateChange change) {
    MutexLock lock(mutex_);
    order.history.push_back(std::move(change));
  }

  Order order;

 private:
  Mutex mutex_;
};

// Remembers what it is offered; waits for a sequence or an end.
class Recorder final : public OrderWatcher {
 public:
  int stuck_looks = 0;

  void Offer(const std::vector<StateChange>& changes) override {
    MutexLock lock(mutex_);
    for (const StateChange& change : changes) {
      if (change.sequence == last_ + 1) {
        last_ = change.sequence;
      } else {
        gap_ = gap_ || change.sequence > last_ + 1;
      }
    }
    changed_.notify_all();
  }
  void End(const absl::Status& status) override {
    MutexLock lock(mutex_);
    end_ = status;
    ended_ = true;
    changed_.notify_all();
  }
  void EndIfStuck() override { ++stuck_looks; }
  bool WaitForSequence(int64_t sequence) {
    MutexLock lock(mutex_);
    return changed_.wait_for(mutex_, std::chrono::seconds(10),
                             [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return last_ >= sequence; }) &&
           !gap_;
  }
  absl::Status WaitForEnd() {
    MutexLock lock(mutex_);
    changed_.wait_for(mutex_, std::chrono::seconds(10),
                      [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return ended_; });
    return end_;
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  int64_t last_ ABSL_GUARDED_BY(mutex_) = 0;
  bool gap_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);
};

class OrderWatchHubTest : public ::testing::Test {
 protected:
  OrderWatchHubTest() {
    store_.order.order_id = order_id_;
    store_.order.history = {{1, OrderState::kPending, Timestamp(), std::nullopt}};
  }

  const OrderId order_id_{"o"};
  StoreOfOne store_;
  OrderWatchHub hub_{store_, 2};
  std::shared_ptr<Recorder> watcher_ = std::make_shared<Recorder>();
  std::jthread reader_{[this](std::stop_token stop) { hub_.Run(stop); }};
};

TEST_F(OrderWatchHubTest, OffersStoredHistoryThenLiveChanges) {
  ASSERT_THAT(hub_.Add(order_id_, watcher_), IsOk());
  ASSERT_TRUE(watcher_->WaitForSequence(1));

  store_.Append({2, OrderState::kConfirmed, Timestamp(), std::nullopt});
  hub_.Publish(order_id_, {2, OrderState::kConfirmed, Timestamp(), std::nullopt});

  EXPECT_TRUE(watcher_->WaitForSequence(2));
}

TEST_F(OrderWatchHubTest, ReadsTheHistoryAgainWhenALiveChangeWasMissed) {
  ASSERT_THAT(hub_.Add(order_id_, watcher_), IsOk());
  ASSERT_TRUE(watcher_->WaitForSequence(1));
  store_.Append({2, OrderState::kCancelling, Timestamp(), std::nullopt});
  store_.Append({3, OrderState::kCancelled, Timestamp(), std::nullopt});

  hub_.Publish(order_id_, {3, OrderState::kCancelled, Timestamp(), std::nullopt});

  EXPECT_TRUE(watcher_->WaitForSequence(3));
}

TEST_F(OrderWatchHubTest, ResyncBringsWhatTheStreamLost) {
  ASSERT_THAT(hub_.Add(order_id_, watcher_), IsOk());
  ASSERT_TRUE(watcher_->WaitForSequence(1));
  store_.Append({2, OrderState::kConfirmed, Timestamp(), std::nullopt});

  hub_.Resync();

  EXPECT_TRUE(watcher_->WaitForSequence(2));
}

TEST_F(OrderWatchHubTest, EndsTheWatchOfAnUnknownOrder) {
  ASSERT_THAT(hub_.Add(OrderId("other"), watcher_), IsOk());

  EXPECT_THAT(watcher_->WaitForEnd(), StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(OrderWatchHubTest, RefusesMoreWatchersThanItMayHave) {
  ASSERT_THAT(hub_.Add(order_id_, std::make_shared<Recorder>()), IsOk());
  ASSERT_THAT(hub_.Add(order_id_, watcher_), IsOk());
  EXPECT_THAT(hub_.Add(order_id_, std::make_shared<Recorder>()),
              StatusIs(absl::StatusCode::kResourceExhausted));

  hub_.Remove(order_id_, watcher_.get());

  EXPECT_THAT(hub_.Add(order_id_, std::make_shared<Recorder>()), IsOk());
}

TEST_F(OrderWatchHubTest, CloseEndsEveryWatchAndRefusesNewOnes) {
  ASSERT_THAT(hub_.Add(order_id_, watcher_), IsOk());

  hub_.Close();

  EXPECT_THAT(watcher_->WaitForEnd(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(hub_.Add(order_id_, std::make_shared<Recorder>()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(OrderWatchHubTest, AsksEachWatchWhetherItIsStuck) {
  ASSERT_THAT(hub_.Add(order_id_, watcher_), IsOk());

  hub_.EndStuck();
  hub_.Remove(order_id_, watcher_.get());
  hub_.EndStuck();

  EXPECT_EQ(watcher_->stuck_looks, 1);
}

}  // namespace
}  // namespace orderflow::order
