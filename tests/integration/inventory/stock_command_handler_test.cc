// Proves on a real PostgreSQL what batches of stock commands do: effects once under duplicates,
// reordering and zombies, nothing oversold, no deadlock among random baskets, and expiry.

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <random>
#include <thread>

#include "libs/testing/status_matchers.h"
#include "tests/integration/inventory/inventory_fixture.h"

namespace orderflow::inventory {
namespace {

using order::v1::STEP_OUTCOME_DONE;
using order::v1::STEP_OUTCOME_FAILED;
using order::v1::STEP_OUTCOME_REFUSED;
using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::array kBasketSkus = {"a", "b", "c", "d", "e"};

class StockCommandHandlerTest : public InventoryDatabaseTest {
 protected:
  void AddBasketItems(int64_t pieces) {
    for (const char* sku : kBasketSkus) {
      AddItem(sku, pieces);
    }
  }

  // Two of the items, the first of them up to three times.
  v1::InventoryCommand ABasket(const std::string& order, std::mt19937& random) {
    const size_t first = random() % kBasketSkus.size();
    return Reserve(order, {{kBasketSkus.at(first), 1 + static_cast<int>(random() % 3)},
                           {kBasketSkus.at((first + 1 + random() % 4) % kBasketSkus.size()), 1}});
  }

  // Eight consumers at once handle ten random batches each; how many of these failed.
  int FailuresOfConsumers(
      int attempts_max,
      const std::function<std::vector<v1::InventoryCommand>(std::mt19937&)>& a_batch) {
    postgres::PoolOptions options = PatientOptions(database_);
    options.attempts_max = attempts_max;
    postgres::Pool pool(options);
    std::atomic<int> failures = 0;
    {
      std::vector<std::jthread> consumers;
      for (unsigned seed = 1; seed <= 8; ++seed) {
        consumers.emplace_back([&, seed]() {
          std::mt19937 random(seed);
          for (int batch_number = 0; batch_number < 10; ++batch_number) {
            failures += Handle(pool, a_batch(random)).ok() ? 0 : 1;
          }
        });
      }
    }
    return failures;
  }
};

TEST_F(StockCommandHandlerTest, CarriesAWholeOrderThroughInOneBatch) {
  AddItem("cup", 10);
  AddItem("mug", 10);
  const std::string order = ids_.NewId();
  const std::vector<v1::InventoryCommand> batch = {Reserve(order, {{"mug", 2}, {"cup", 1}}),
                                                   Commit(order), Restock(order)};

  ASSERT_THAT(Handle(batch), IsOk());

  EXPECT_EQ(StateOf(order), "RESTOCKED");
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 10, .reserved = 0}));
  const auto replies = Replies();
  ASSERT_EQ(replies.size(), 3u);
  for (size_t i = 0; i < replies.size(); ++i) {
    EXPECT_EQ(replies[i].outcome(), STEP_OUTCOME_DONE);
    EXPECT_EQ(replies[i].step().step(), batch[i].step().step());
    EXPECT_EQ(replies[i].step().order_id(), order);
  }
}

TEST_F(StockCommandHandlerTest, AnswersARedeliveredBatchAgainWithoutASecondEffect) {
  AddItem("mug", 10);
  std::vector<v1::InventoryCommand> batch;
  for (int i = 0; i < 20; ++i) {
    batch.push_back(Reserve(ids_.NewId(), {{"mug", 1}}));
  }
  ASSERT_THAT(Handle(batch), IsOk());
  const auto first = Replies();

  ASSERT_THAT(Handle(batch), IsOk());

  EXPECT_EQ(StockOf("mug").reserved, 10);
  const auto all = Replies();
  ASSERT_EQ(all.size(), 40u);
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(all[first.size() + i].SerializeAsString(), first[i].SerializeAsString());
  }
}

TEST_F(StockCommandHandlerTest, KeepsARefusalEvenWhenStockComesBack) {
  AddItem("mug", 1);
  AddItem("cup", 9);
  const std::string order = ids_.NewId();
  ASSERT_THAT(Handle(Reserve(order, {{"mug", 2}, {"cup", 3}, {"ufo", 1}})), IsOk());
  EXPECT_EQ(LastReply().refusal().reason(), common::v1::Refusal::REASON_UNKNOWN_SKU);
  EXPECT_THAT(LastReply().refusal().skus(), ElementsAre("ufo"));
  const std::string other = ids_.NewId();
  ASSERT_THAT(Handle(Reserve(other, {{"mug", 2}, {"cup", 3}})), IsOk());
  const auto refusal = LastReply();
  AddItem("jug", 0);
  ASSERT_THAT(items_.Adjust({RequestId(ids_.NewId()), Sku("mug"), 5, "received"}), IsOk());

  ASSERT_THAT(Handle(Reserve(other, {{"mug", 2}, {"cup", 3}})), IsOk());

  EXPECT_EQ(refusal.outcome(), STEP_OUTCOME_REFUSED);
  EXPECT_EQ(refusal.refusal().reason(), common::v1::Refusal::REASON_OUT_OF_STOCK);
  EXPECT_THAT(refusal.refusal().skus(), ElementsAre("mug"));
  EXPECT_EQ(LastReply().SerializeAsString(), refusal.SerializeAsString());
  EXPECT_EQ(StockOf("cup").reserved, 0);
}

TEST_F(StockCommandHandlerTest, AReleaseThatComesFirstRefusesTheReservation) {
  AddItem("mug", 5);
  const std::string order = ids_.NewId();

  ASSERT_THAT(Handle(Release(order)), IsOk());
  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_DONE);
  EXPECT_TRUE(LastReply().step().compensation());
  ASSERT_THAT(Handle(Reserve(order, {{"mug", 1}})), IsOk());

  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_REFUSED);
  EXPECT_EQ(LastReply().refusal().reason(), common::v1::Refusal::REASON_ALREADY_COMPENSATED);
  EXPECT_EQ(StateOf(order), "RELEASED");
  EXPECT_EQ(StockOf("mug").reserved, 0);
}

TEST_F(StockCommandHandlerTest, APoisonRecordFailsItsBatchWithoutATrace) {
  AddItem("mug", 5);
  const std::vector<v1::InventoryCommand> batch = {Reserve(ids_.NewId(), {{"mug", 1}}),
                                                   v1::InventoryCommand()};

  EXPECT_THAT(Handle(batch), StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("offset 1")));

  EXPECT_EQ(StockOf("mug").reserved, 0);
  EXPECT_EQ(Replies().size(), 0u);
}

TEST_F(StockCommandHandlerTest, SellsTheLastPieceOnceAmong64Buyers) {
  AddItem("mug", 1);
  std::vector<v1::InventoryCommand> commands;
  for (int i = 0; i < 64; ++i) {
    commands.push_back(Reserve(ids_.NewId(), {{"mug", 1}}));
  }
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> buyers;
    for (const v1::InventoryCommand& command : commands) {
      buyers.emplace_back([&]() { failures += Handle(command).ok() ? 0 : 1; });
    }
  }

  int done = 0;
  for (const auto& reply : Replies()) {
    done += reply.outcome() == STEP_OUTCOME_DONE ? 1 : 0;
  }
  EXPECT_EQ(failures, 0);
  EXPECT_EQ(Replies().size(), 64u);
  EXPECT_EQ(done, 1);
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 1, .reserved = 1}));
}

// As when the provider refuses the capture: the compensation of a commit, then that of the
// reservation.
TEST_F(StockCommandHandlerTest, ARestockIsFollowedByAReleaseThatHasNothingToDo) {
  AddItem("mug", 10);
  const std::string order = ids_.NewId();

  ASSERT_THAT(Handle(std::vector{Reserve(order, {{"mug", 2}}), Commit(order)}), IsOk());
  ASSERT_THAT(Handle(Restock(order)), IsOk());
  ASSERT_THAT(Handle(Release(order)), IsOk());

  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_DONE);
  EXPECT_EQ(StateOf(order), "RESTOCKED");
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 10, .reserved = 0}));
}

TEST_F(StockCommandHandlerTest, ARestockThatComesBeforeItsCommitReleasesAndTheCommitIsRefused) {
  AddItem("mug", 10);
  const std::string order = ids_.NewId();
  ASSERT_THAT(Handle(Reserve(order, {{"mug", 2}})), IsOk());

  ASSERT_THAT(Handle(Restock(order)), IsOk());
  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_DONE);
  ASSERT_THAT(Handle(Restock(order)), IsOk());
  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_DONE) << "repeated";
  ASSERT_THAT(Handle(Commit(order)), IsOk());

  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_REFUSED);
  ASSERT_THAT(Handle(Release(order)), IsOk());
  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_DONE);
  EXPECT_EQ(StateOf(order), "RELEASED");
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 10, .reserved = 0}));
}

// Batches that lose against each other run again beside first runs, and all get through.
TEST_F(StockCommandHandlerTest, ManyConsumersSellTheLastPiecesOfAFewItems) {
  AddBasketItems(40);
  constexpr int kAttemptsMax = 50;  // nobody loses so often

  const int failures = FailuresOfConsumers(kAttemptsMax, [&](std::mt19937& random) {
    std::vector<v1::InventoryCommand> batch;
    for (int i = 0; i < 4; ++i) {
      batch.push_back(ABasket(ids_.NewId(), random));
    }
    return batch;
  });

  EXPECT_EQ(failures, 0);
  const auto left = std::count_if(kBasketSkus.begin(), kBasketSkus.end(),
                                  [&](const char* sku) { return StockOf(sku).available() > 2; });
  EXPECT_LE(left, 1) << "of two of them a basket could have been sold";
}

TEST_F(StockCommandHandlerTest, RandomBasketsFromManyConsumersNeverDeadlock) {
  AddBasketItems(3'000);           // enough: who finds too little left runs again
  constexpr int kAttemptsMax = 1;  // a deadlock is a failure here, not a reason to try again

  const int failures = FailuresOfConsumers(kAttemptsMax, [&](std::mt19937& random) {
    std::vector<v1::InventoryCommand> batch;
    for (int i = 0; i < 8; ++i) {
      const std::string order = ids_.NewId();
      batch.push_back(ABasket(order, random));
      if (const unsigned end = random() % 3; end != 0) {
        batch.push_back(end == 1 ? Commit(order) : Release(order));
      }
    }
    return batch;
  });

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM reservations"), 8 * 10 * 8);
}

TEST_F(StockCommandHandlerTest, AZombieWithTheSameRecordsChangesNothingMore) {
  AddItem("mug", 100);
  std::vector<v1::InventoryCommand> batch;
  for (int i = 0; i < 10; ++i) {
    batch.push_back(Reserve(ids_.NewId(), {{"mug", 2}}));
  }
  std::atomic<int> failures = 0;
  {
    std::vector<std::jthread> twins;
    for (int i = 0; i < 4; ++i) {
      twins.emplace_back([&]() { failures += Handle(batch).ok() ? 0 : 1; });
    }
  }

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(StockOf("mug").reserved, 20);
  for (const auto& reply : Replies()) {
    EXPECT_EQ(reply.outcome(), STEP_OUTCOME_DONE);
  }
}

// Reservations of this fixture are overdue as soon as they are stored.
class ReservationExpiryTest : public InventoryDatabaseTest {
 protected:
  ReservationExpiryTest() : InventoryDatabaseTest(Duration(0)) {}
};

TEST_F(ReservationExpiryTest, GivesOverdueReservationsBackInBatches) {
  AddItem("mug", 10);
  std::vector<v1::InventoryCommand> batch;
  for (int i = 0; i < 5; ++i) {
    batch.push_back(Reserve(ids_.NewId(), {{"mug", 1}}));
  }
  batch.push_back(Commit(batch.front().step().order_id()));
  ASSERT_THAT(Handle(batch), IsOk());

  EXPECT_THAT(stock_.ExpireDue(3), IsOkAndHolds(3));
  EXPECT_THAT(stock_.ExpireDue(3), IsOkAndHolds(1));
  EXPECT_THAT(stock_.ExpireDue(3), IsOkAndHolds(0));

  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 9, .reserved = 0}));
  EXPECT_EQ(StateOf(batch.front().step().order_id()), "COMMITTED");
  EXPECT_EQ(StateOf(batch[1].step().order_id()), "EXPIRED");
}

TEST_F(ReservationExpiryTest, ALateCommitTakesThePiecesAgainOrWaitsForThem) {
  AddItem("mug", 2);
  const std::string late = ids_.NewId();
  const std::string quick = ids_.NewId();
  ASSERT_THAT(Handle(Reserve(late, {{"mug", 2}})), IsOk());
  ASSERT_THAT(stock_.ExpireDue(10), IsOkAndHolds(1));
  ASSERT_THAT(
      Handle({std::vector<v1::InventoryCommand>{Reserve(quick, {{"mug", 1}}), Commit(quick)}}),
      IsOk());

  ASSERT_THAT(Handle(Commit(late)), IsOk());
  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_FAILED);
  EXPECT_THAT(LastReply().error_message(), HasSubstr("mug"));
  ASSERT_THAT(items_.Adjust({RequestId(ids_.NewId()), Sku("mug"), 1, "received"}), IsOk());
  ASSERT_THAT(Handle(Commit(late)), IsOk());

  EXPECT_EQ(LastReply().outcome(), STEP_OUTCOME_DONE);
  EXPECT_EQ(StateOf(late), "COMMITTED");
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 0, .reserved = 0}));
}

}  // namespace
}  // namespace orderflow::inventory
