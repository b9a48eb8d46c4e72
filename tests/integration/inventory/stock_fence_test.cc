// Proves on a real PostgreSQL that a batch which was decided on stock or reservations that others
// have changed meanwhile is decided anew, with locks, and that changes which leave enough add up.

#include <gmock/gmock.h>

#include <functional>
#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/testing/status_matchers.h"
#include "tests/integration/inventory/inventory_fixture.h"

namespace orderflow::inventory {
namespace {

using orderflow::testing::IsOk;
using ::testing::ElementsAre;

class StockFenceTest : public InventoryDatabaseTest {
 protected:
  // The command as a batch of its own; `rival` acts between what is read and what is written of the
  // first run. Returns the outcome of each run.
  std::vector<Outcome> Run(const StockCommand& command, const std::function<void()>& rival) {
    std::vector<Outcome> outcomes;
    EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(StockBook book, stock_.Load(transaction, {&command, 1}));
      if (outcomes.empty()) {
        rival();
      }
      outcomes.push_back(book.Apply(command).outcome);
      return stock_.Save(transaction, book);
    }),
                IsOk());
    return outcomes;
  }

  StockCommand ACommand(StockCommandKind kind, std::vector<StockLine> lines = {}) {
    return {.kind = kind,
            .order_id = OrderId(order_),
            .saga_id = SagaId(order_),
            .lines = std::move(lines)};
  }

  const std::string order_ = ids_.NewId();
  const std::string other_ = ids_.NewId();
};

TEST_F(StockFenceTest, WhatOthersTakeMeanwhileAndLeaveEnoughOfAddsUp) {
  AddItem("mug", 10);

  EXPECT_THAT(Run(ACommand(StockCommandKind::kReserve, {{Sku("mug"), 2}}),
                  [&]() {
                    EXPECT_THAT(Handle(Reserve(other_, {{"mug", 8}})), IsOk());
                  }),
              ElementsAre(Outcome::kDone));

  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 10, .reserved = 10}));
}

TEST_F(StockFenceTest, PiecesThatOthersTookMeanwhileAreNotSoldTwice) {
  AddItem("mug", 10);
  AddItem("cup", 10);

  EXPECT_THAT(Run(ACommand(StockCommandKind::kReserve, {{Sku("cup"), 1}, {Sku("mug"), 2}}),
                  [&]() {
                    EXPECT_THAT(Handle(Reserve(other_, {{"mug", 9}})), IsOk());
                  }),
              ElementsAre(Outcome::kDone, Outcome::kRefused));

  EXPECT_EQ(StateOf(order_), "REFUSED");
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 10, .reserved = 9}));
  EXPECT_EQ(StockOf("cup"), (Stock{.on_hand = 10, .reserved = 0}));
}

TEST_F(StockFenceTest, AReservationThatExpiredMeanwhileTakesItsPiecesAgain) {
  AddItem("mug", 10);
  ASSERT_THAT(Handle(Reserve(order_, {{"mug", 2}})), IsOk());

  EXPECT_THAT(
      Run(ACommand(StockCommandKind::kCommit),
          [&]() {
            database_.Run("UPDATE reservations SET expire_time = now() - interval '1 second'");
            EXPECT_EQ(stock_.ExpireDue(10).value(), 1);
          }),
      ElementsAre(Outcome::kDone, Outcome::kDone));

  EXPECT_EQ(StateOf(order_), "COMMITTED");
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 8, .reserved = 0}));
}

TEST_F(StockFenceTest, AReservationThatAnotherProcessMadeMeanwhileIsNotMadeAgain) {
  AddItem("mug", 10);

  EXPECT_THAT(Run(ACommand(StockCommandKind::kReserve, {{Sku("mug"), 2}}),
                  [&]() {
                    EXPECT_THAT(Handle(Reserve(order_, {{"mug", 2}})), IsOk());
                  }),
              ElementsAre(Outcome::kDone, Outcome::kDone));

  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 10, .reserved = 2}));
}

TEST_F(StockFenceTest, TheSecondRunLocksWhatItReads) {
  AddItem("mug", 10);
  ASSERT_THAT(Handle(Reserve(order_, {{"mug", 2}})), IsOk());
  const StockCommand commit = ACommand(StockCommandKind::kCommit);
  postgres::PoolOptions options = database_.PoolOptions();
  options.lock_timeout = std::chrono::milliseconds(50);
  options.attempts_max = 1;
  postgres::Pool impatient(options);
  std::vector<bool> rivals;

  EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(StockBook book, stock_.Load(transaction, {&commit, 1}));
    if (rivals.empty()) {
      rivals.push_back(Handle(impatient, std::vector{Commit(order_)}).ok());
    } else {
      rivals.push_back(Handle(impatient, std::vector{Restock(order_)}).ok());
      rivals.push_back(Handle(impatient, std::vector{Reserve(other_, {{"mug", 1}})}).ok());
    }
    book.Apply(commit);
    return stock_.Save(transaction, book);
  }),
              IsOk());

  EXPECT_THAT(rivals, ElementsAre(true, false, false))
      << "the first was quicker; then neither the reservation nor the item could be changed";
  EXPECT_EQ(StockOf("mug"), (Stock{.on_hand = 8, .reserved = 0}));
}

}  // namespace
}  // namespace orderflow::inventory
