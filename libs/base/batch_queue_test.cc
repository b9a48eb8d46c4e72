// Proves that BatchQueue keeps order and bound, wakes its consumers for items, stop and close, and
// neither loses nor repeats an item under concurrent producers and consumers (also run under tsan).

#include "libs/base/batch_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace orderflow {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(BatchQueue, GivesOldestFirstUpToTheBatchSize) {
  BatchQueue<int> queue(10);
  for (int item : {1, 2, 3}) {
    ASSERT_TRUE(queue.TryPush(std::move(item)));
  }

  EXPECT_THAT(queue.PopBatch(2, {}), ElementsAre(1, 2));
  EXPECT_THAT(queue.PopBatch(2, {}), ElementsAre(3));
  EXPECT_EQ(queue.size(), 0U);
}

TEST(BatchQueue, RefusesWhenFullAndLeavesTheItem) {
  BatchQueue<std::unique_ptr<int>> queue(1);
  ASSERT_TRUE(queue.TryPush(std::make_unique<int>(1)));
  auto refused = std::make_unique<int>(2);

  EXPECT_FALSE(queue.TryPush(std::move(refused)));

  // NOLINTBEGIN(bugprone-use-after-move): the point of this test
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(*refused, 2);
  // NOLINTEND(bugprone-use-after-move)
}

TEST(BatchQueue, WhatIsPushedTogetherIsThereTogether) {
  BatchQueue<int> queue(100);
  for (int round = 0; round < 200; ++round) {  // its consumer waits already, or comes later
    auto batch = std::async(std::launch::async, [&] { return queue.PopBatch(100, {}); });
    std::vector<int> items(50, round);

    queue.PushWhatFits(items);

    EXPECT_THAT(items, IsEmpty());
    ASSERT_EQ(batch.get().size(), 50U);
  }
}

TEST(BatchQueue, PushesOnlyWhatFitsAndLeavesTheRest) {
  BatchQueue<int> queue(3);
  ASSERT_TRUE(queue.TryPush(1));
  std::vector<int> items{2, 3, 4, 5};

  queue.PushWhatFits(items);

  EXPECT_THAT(items, ElementsAre(4, 5));
  EXPECT_THAT(queue.PopBatch(10, {}), ElementsAre(1, 2, 3));
  queue.Close();
  queue.PushWhatFits(items);
  EXPECT_THAT(items, ElementsAre(4, 5)) << "a closed queue takes nothing";
}

TEST(BatchQueue, TakesAgainAfterABatchLeft) {
  BatchQueue<int> queue(1);
  ASSERT_TRUE(queue.TryPush(1));
  ASSERT_FALSE(queue.TryPush(2));

  ASSERT_THAT(queue.PopBatch(5, {}), ElementsAre(1));

  EXPECT_TRUE(queue.TryPush(3));
}

TEST(BatchQueue, DrainsAfterClose) {
  BatchQueue<int> queue(10);
  ASSERT_TRUE(queue.TryPush(1));
  queue.Close();

  EXPECT_FALSE(queue.TryPush(2));
  EXPECT_THAT(queue.PopBatch(10, {}), ElementsAre(1));
  EXPECT_THAT(queue.PopBatch(10, {}), IsEmpty());
}

TEST(BatchQueue, AFullBatchIsWaitedForBesideAConsumerThatTakesWhatThereIs) {
  BatchQueue<int> queue(10);
  auto full = std::async(std::launch::async, [&] { return queue.PopFullBatch(3, {}); });

  for (int item : {1, 2}) {
    ASSERT_TRUE(queue.TryPush(std::move(item)));
  }
  EXPECT_THAT(queue.PopBatch(3, {}), ElementsAre(1, 2));
  for (int item : {3, 4, 5, 6}) {
    ASSERT_TRUE(queue.TryPush(std::move(item)));
  }

  EXPECT_THAT(full.get(), ElementsAre(3, 4, 5));
  EXPECT_THAT(queue.PopBatch(3, {}), ElementsAre(6));
}

constexpr std::chrono::hours kNever{1};

template <class Result>
bool IsWaiting(const std::future<Result>& future) {
  return future.wait_for(std::chrono::milliseconds(20)) == std::future_status::timeout;
}

TEST(BatchQueue, WhatIsPushedTogetherWakesEveryConsumerThatFindsSomething) {
  BatchQueue<int> queue(10);
  auto one = std::async(std::launch::async, [&] { return queue.PopBatch(2, {}); });
  auto other = std::async(std::launch::async, [&] { return queue.PopBatch(2, {}); });
  ASSERT_TRUE(IsWaiting(one));
  ASSERT_TRUE(IsWaiting(other));
  std::vector<int> items{1, 2, 3, 4};

  queue.PushWhatFits(items);

  EXPECT_EQ(one.get().size() + other.get().size(), 4U);
}

TEST(BatchQueue, WhatIsPushedTogetherWakesWhoWaitsForAFullBatch) {
  BatchQueue<int> queue(10);
  auto full = std::async(std::launch::async, [&] { return queue.PopFullBatch(3, {}); });
  ASSERT_TRUE(IsWaiting(full));
  std::vector<int> items{1, 2, 3};

  queue.PushWhatFits(items);

  EXPECT_THAT(full.get(), ElementsAre(1, 2, 3));
}

TEST(BatchQueue, GatheringEndsWithAFullBatch) {
  BatchQueue<int> queue(10);
  auto gathered = std::async(std::launch::async, [&] { queue.Gather(2, kNever, {}); });

  ASSERT_TRUE(queue.TryPush(1));
  EXPECT_TRUE(IsWaiting(gathered));
  ASSERT_TRUE(queue.TryPush(2));

  gathered.get();
  EXPECT_EQ(queue.size(), 2U) << "gathering takes nothing";
}

TEST(BatchQueue, GatheringBesideOneWhoWaitsForAFullBatchLosesNone) {
  BatchQueue<int> queue(10);
  auto full = std::async(std::launch::async, [&] { return queue.PopFullBatch(2, {}); });
  auto gathered = std::async(std::launch::async, [&] {
    queue.Gather(2, kNever, {});
    return queue.PopBatch(2, {});
  });

  for (int item : {1, 2, 3, 4}) {
    ASSERT_TRUE(queue.TryPush(std::move(item)));
  }

  const size_t taken = full.get().size() + gathered.get().size();
  EXPECT_EQ(taken + queue.size(), 4U) << "one may have been quicker than the other";
}

TEST(BatchQueue, GatheringEndsWithItsTime) {
  constexpr std::chrono::milliseconds kRest{20};
  BatchQueue<int> queue(10);
  ASSERT_TRUE(queue.TryPush(1));
  const auto start = std::chrono::steady_clock::now();

  queue.Gather(2, kRest, {});

  EXPECT_GE(std::chrono::steady_clock::now() - start, kRest);
}

TEST(BatchQueue, GatheringEndsForStop) {
  BatchQueue<int> queue(10);
  std::stop_source stop;
  auto gathered =
      std::async(std::launch::async, [&] { queue.Gather(2, kNever, stop.get_token()); });
  EXPECT_TRUE(IsWaiting(gathered));

  stop.request_stop();

  gathered.get();
}

TEST(BatchQueue, GatheringEndsOnceClosed) {
  BatchQueue<int> queue(10);
  auto gathered = std::async(std::launch::async, [&] { queue.Gather(2, kNever, {}); });
  EXPECT_TRUE(IsWaiting(gathered));

  queue.Close();

  gathered.get();
}

TEST(BatchQueue, WhoWaitsForAFullBatchTakesWhatIsLeftAfterClose) {
  BatchQueue<int> queue(10);
  ASSERT_TRUE(queue.TryPush(1));
  auto full = std::async(std::launch::async, [&] { return queue.PopFullBatch(3, {}); });

  queue.Close();

  EXPECT_THAT(full.get(), ElementsAre(1));
  EXPECT_THAT(queue.PopFullBatch(3, {}), IsEmpty());
}

TEST(BatchQueue, WhoWaitsForAFullBatchIsWokenForStop) {
  BatchQueue<int> queue(10);
  ASSERT_TRUE(queue.TryPush(1));
  std::stop_source stop;
  auto full =
      std::async(std::launch::async, [&] { return queue.PopFullBatch(3, stop.get_token()); });

  stop.request_stop();

  EXPECT_THAT(full.get(), IsEmpty());
  EXPECT_EQ(queue.size(), 1U) << "left to the other";
}

TEST(BatchQueue, WakesAWaitingConsumerForAnItem) {
  BatchQueue<int> queue(10);
  auto consumed = std::async(std::launch::async, [&] { return queue.PopBatch(10, {}); });

  ASSERT_TRUE(queue.TryPush(7));

  EXPECT_THAT(consumed.get(), ElementsAre(7));
}

TEST(BatchQueue, WakesAWaitingConsumerForStop) {
  BatchQueue<int> queue(10);
  std::stop_source stop;
  auto consumed =
      std::async(std::launch::async, [&] { return queue.PopBatch(10, stop.get_token()); });

  stop.request_stop();

  EXPECT_THAT(consumed.get(), IsEmpty());
}

TEST(BatchQueue, WakesEveryWaitingConsumerForClose) {
  BatchQueue<int> queue(10);
  auto first = std::async(std::launch::async, [&] { return queue.PopBatch(10, {}); });
  auto second = std::async(std::launch::async, [&] { return queue.PopBatch(10, {}); });

  queue.Close();

  EXPECT_THAT(first.get(), IsEmpty());
  EXPECT_THAT(second.get(), IsEmpty());
}

TEST(BatchQueue, NeitherLosesNorRepeatsUnderConcurrency) {
  constexpr int kProducers = 4;
  constexpr int kConsumers = 3;
  constexpr int kItemsEach = 2000;
  BatchQueue<int> queue(64);
  const auto produce = [&](int producer) {
    for (int i = 0; i < kItemsEach; ++i) {
      while (!queue.TryPush(producer * kItemsEach + i)) {
        std::this_thread::yield();
      }
    }
  };
  const auto consume = [&] {
    std::vector<int> taken;
    for (auto batch = queue.PopBatch(16, {}); !batch.empty(); batch = queue.PopBatch(16, {})) {
      EXPECT_LE(batch.size(), 16U);
      taken.insert(taken.end(), batch.begin(), batch.end());
    }
    return taken;
  };

  std::vector<std::future<std::vector<int>>> consumers;
  for (int i = 0; i < kConsumers; ++i) {
    consumers.push_back(std::async(std::launch::async, consume));
  }
  {
    std::vector<std::jthread> producers;
    for (int i = 0; i < kProducers; ++i) {
      producers.emplace_back(produce, i);
    }
  }
  queue.Close();
  std::vector<int> all;
  for (auto& consumer : consumers) {
    const std::vector<int> taken = consumer.get();
    all.insert(all.end(), taken.begin(), taken.end());
  }

  std::sort(all.begin(), all.end());
  std::vector<int> expected(kProducers * kItemsEach);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace orderflow
