// Proves that two threads never have the same order in hand, that whoever has nothing in common
// goes on, that nobody is overtaken, and that crossing batches cannot wait for each other.
#include "services/payment/messaging/orders_in_hand.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <future>
#include <optional>
#include <random>
#include <thread>

#include "fmt/format.h"

namespace orderflow::payment {
namespace {

using std::chrono::milliseconds;

OrderId Order(int number) { return OrderId(fmt::format("order-{:03}", number)); }

// Takes in a thread of its own; ready once it has them, and has let go.
std::future<void> TakeElsewhere(OrdersInHand& orders, std::vector<OrderId> wanted) {
  return std::async(std::launch::async, [&orders, wanted = std::move(wanted)]() mutable {
    const OrdersInHand::Claim claim = orders.Take(std::move(wanted));
  });
}

bool IsReady(const std::future<void>& future, milliseconds patience) {
  return future.wait_for(patience) == std::future_status::ready;
}

TEST(OrdersInHand, ASharedOrderIsWaitedForAndTheOthersAreNot) {
  OrdersInHand orders;
  std::optional<OrdersInHand::Claim> claim = orders.Take({Order(3), Order(1), Order(3)});

  std::future<void> other = TakeElsewhere(orders, {Order(2), Order(4)});
  EXPECT_TRUE(IsReady(other, milliseconds(10'000)));
  std::future<void> same = TakeElsewhere(orders, {Order(4), Order(3)});
  EXPECT_FALSE(IsReady(same, milliseconds(30)));
  claim.reset();

  EXPECT_TRUE(IsReady(same, milliseconds(10'000)));
}

TEST(OrdersInHand, WhoComesLaterDoesNotOvertake) {
  OrdersInHand orders;
  std::optional<OrdersInHand::Claim> claim = orders.Take({Order(1)});
  std::future<void> first = TakeElsewhere(orders, {Order(1), Order(2)});
  ASSERT_FALSE(IsReady(first, milliseconds(30)));

  std::future<void> second = TakeElsewhere(orders, {Order(2)});
  EXPECT_FALSE(IsReady(second, milliseconds(30))) << "nobody has it, but somebody waits for it";
  claim.reset();

  EXPECT_TRUE(IsReady(first, milliseconds(10'000)));
  EXPECT_TRUE(IsReady(second, milliseconds(10'000)));
}

TEST(OrdersInHand, AMovedClaimIsOneClaim) {
  OrdersInHand orders;
  {
    OrdersInHand::Claim claim = orders.Take({Order(1)});
    const OrdersInHand::Claim moved = std::move(claim);
  }

  EXPECT_TRUE(IsReady(TakeElsewhere(orders, {Order(1)}), milliseconds(10'000)));
}

TEST(OrdersInHand, CrossingBatchesOfManyThreadsNeverMeetAndAlwaysEnd) {
  constexpr int kOrders = 12;
  constexpr int kRounds = 400;
  OrdersInHand orders;
  std::array<std::atomic<int>, kOrders> holders{};
  std::atomic<int> met = 0;

  const auto work = [&](unsigned seed) {
    std::minstd_rand random(seed);
    for (int round = 0; round < kRounds; ++round) {
      std::vector<int> numbers;
      for (int i = 0; i < 4; ++i) {
        numbers.push_back(static_cast<int>(random() % kOrders));
      }
      std::sort(numbers.begin(), numbers.end());
      numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
      std::shuffle(numbers.begin(), numbers.end(), random);
      std::vector<OrderId> wanted;
      for (const int number : numbers) {
        wanted.push_back(Order(number));
      }
      const OrdersInHand::Claim claim = orders.Take(std::move(wanted));
      for (const int number : numbers) {
        met += holders[static_cast<size_t>(number)]++;
      }
      std::this_thread::yield();
      for (const int number : numbers) {
        --holders[static_cast<size_t>(number)];
      }
    }
  };
  {
    std::vector<std::jthread> threads;
    for (unsigned seed = 1; seed <= 4; ++seed) {
      threads.emplace_back(work, seed);
    }
  }

  EXPECT_EQ(met, 0);
}

}  // namespace
}  // namespace orderflow::payment
