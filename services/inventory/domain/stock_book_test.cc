// Proves the rules of reservations: the whole table of state x command, what each move does to the
// stock, all lines or none, and that a batch is decided in order against its own effects.
#include "services/inventory/domain/stock_book.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace orderflow::inventory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = StockCommandKind;
using State = ReservationState;

const OrderId kOrder("0190a8a0-0000-7000-8000-00000000000a");
const OrderId kOtherOrder("0190a8a0-0000-7000-8000-00000000000b");
const SagaId kSaga("0190a8a0-0000-7000-8000-00000000000c");

StockCommand Command(Kind kind, std::vector<StockLine> lines = {}, OrderId order_id = kOrder) {
  return {
      .kind = kind, .order_id = std::move(order_id), .saga_id = kSaga, .lines = std::move(lines)};
}

StockCommand Reserve(std::vector<StockLine> lines, OrderId order_id = kOrder) {
  return Command(Kind::kReserve, std::move(lines), std::move(order_id));
}

// Two mugs for kOrder, in `state`; ten mugs in the warehouse.
StockBook BookWith(std::optional<State> state) {
  Stock mugs{.on_hand = 10, .reserved = 0};
  std::map<OrderId, Reservation> reservations;
  if (state.has_value()) {
    Reservation& reservation = reservations[kOrder];
    reservation.order_id = kOrder;
    reservation.saga_id = kSaga;
    reservation.state = *state;
    reservation.lines = {{Sku("mug"), 2}};
    reservation.version = 3;
    if (*state == State::kRefused) {
      reservation.refusal_reason = RefusalReason::kOutOfStock;
      reservation.refusal_skus = {Sku("mug")};
    }
    mugs.reserved = *state == State::kReserved ? 2 : 0;
  }
  return StockBook({{Sku("mug"), mugs}}, std::move(reservations));
}

struct TableRow {
  Kind command;
  std::optional<State> before;
  Outcome outcome;
  std::optional<State> after;  // nothing: unchanged
  StockDelta delta = {};
};

std::string Describe(const TableRow& row) {
  return std::string(ToString(row.command)) + " when " +
         (row.before.has_value() ? std::string(ToString(*row.before)) : "there is no reservation");
}

// The table in stock_book.h, row by row.
const std::vector<TableRow> kTable = {
    {Kind::kReserve, std::nullopt, Outcome::kDone, State::kReserved, {Sku("mug"), 0, 2}},
    {Kind::kReserve, State::kReserved, Outcome::kDone, std::nullopt},
    {Kind::kReserve, State::kRefused, Outcome::kRefused, std::nullopt},
    {Kind::kReserve, State::kReleased, Outcome::kRefused, std::nullopt},
    {Kind::kReserve, State::kCommitted, Outcome::kDone, std::nullopt},
    {Kind::kReserve, State::kRestocked, Outcome::kDone, std::nullopt},
    {Kind::kReserve, State::kExpired, Outcome::kDone, std::nullopt},
    {Kind::kRelease, std::nullopt, Outcome::kDone, State::kReleased},
    {Kind::kRelease, State::kReserved, Outcome::kDone, State::kReleased, {Sku("mug"), 0, -2}},
    {Kind::kRelease, State::kRefused, Outcome::kDone, std::nullopt},
    {Kind::kRelease, State::kReleased, Outcome::kDone, std::nullopt},
    {Kind::kRelease, State::kCommitted, Outcome::kRefused, std::nullopt},
    {Kind::kRelease, State::kRestocked, Outcome::kDone, std::nullopt},
    {Kind::kRelease, State::kExpired, Outcome::kDone, State::kReleased},
    {Kind::kCommit, std::nullopt, Outcome::kRefused, std::nullopt},
    {Kind::kCommit, State::kReserved, Outcome::kDone, State::kCommitted, {Sku("mug"), -2, -2}},
    {Kind::kCommit, State::kRefused, Outcome::kRefused, std::nullopt},
    {Kind::kCommit, State::kReleased, Outcome::kRefused, std::nullopt},
    {Kind::kCommit, State::kCommitted, Outcome::kDone, std::nullopt},
    {Kind::kCommit, State::kRestocked, Outcome::kDone, std::nullopt},
    {Kind::kCommit, State::kExpired, Outcome::kDone, State::kCommitted, {Sku("mug"), -2, 0}},
    {Kind::kRestock, std::nullopt, Outcome::kRefused, std::nullopt},
    {Kind::kRestock, State::kReserved, Outcome::kDone, State::kReleased, {Sku("mug"), 0, -2}},
    {Kind::kRestock, State::kRefused, Outcome::kRefused, std::nullopt},
    {Kind::kRestock, State::kReleased, Outcome::kDone, std::nullopt},
    {Kind::kRestock, State::kCommitted, Outcome::kDone, State::kRestocked, {Sku("mug"), 2, 0}},
    {Kind::kRestock, State::kRestocked, Outcome::kDone, std::nullopt},
    {Kind::kRestock, State::kExpired, Outcome::kDone, State::kReleased},
};

TEST(StockBook, AnswersEveryCommandInEveryState) {
  ASSERT_EQ(kTable.size(), 4u * 7u);
  for (const TableRow& row : kTable) {
    SCOPED_TRACE(Describe(row));
    StockBook book = BookWith(row.before);

    const Answer answer = book.Apply(row.command == Kind::kReserve ? Reserve({{Sku("mug"), 2}})
                                                                   : Command(row.command));

    EXPECT_EQ(answer.outcome, row.outcome);
    EXPECT_EQ(answer.error.empty(), row.outcome != Outcome::kFailed);
    EXPECT_EQ(answer.refusal.message.empty(), row.outcome != Outcome::kRefused);
    const std::vector<Reservation> changed = book.ChangedReservations();
    ASSERT_EQ(changed.size(), row.after.has_value() ? 1u : 0u);
    if (row.after.has_value()) {
      EXPECT_EQ(changed[0].state, *row.after);
      EXPECT_EQ(changed[0].version, row.before.has_value() ? 3 : 0);
    }
    if (row.delta.sku.empty()) {
      EXPECT_THAT(book.StockDeltas(), IsEmpty());
    } else {
      EXPECT_THAT(book.StockDeltas(), ElementsAre(row.delta));
    }
  }
}

TEST(StockBook, RefusesEveryLineNamingEachShortSku) {
  StockBook book({{Sku("cup"), {.on_hand = 5, .reserved = 0}},
                  {Sku("jug"), {.on_hand = 3, .reserved = 2}},
                  {Sku("mug"), {.on_hand = 0, .reserved = 0}}},
                 {});

  const Answer answer = book.Apply(Reserve({{Sku("cup"), 5}, {Sku("jug"), 2}, {Sku("mug"), 1}}));

  EXPECT_EQ(answer.outcome, Outcome::kRefused);
  EXPECT_EQ(answer.refusal.reason, RefusalReason::kOutOfStock);
  EXPECT_THAT(answer.refusal.skus, ElementsAre(Sku("jug"), Sku("mug")));
  EXPECT_THAT(answer.refusal.message, HasSubstr("jug, mug"));
  EXPECT_THAT(book.StockDeltas(), IsEmpty());
}

TEST(StockBook, RefusesUnknownSkusBeforeShortOnes) {
  StockBook book({{Sku("mug"), {.on_hand = 0, .reserved = 0}}}, {});

  const Answer answer = book.Apply(Reserve({{Sku("mug"), 1}, {Sku("ufo"), 1}}));

  EXPECT_EQ(answer.refusal.reason, RefusalReason::kUnknownSku);
  EXPECT_THAT(answer.refusal.skus, ElementsAre(Sku("ufo")));
}

TEST(StockBook, AnswersARepeatedRefusalWithTheSameWords) {
  StockBook book({{Sku("mug"), {.on_hand = 1, .reserved = 0}}}, {});
  const StockCommand command = Reserve({{Sku("mug"), 2}});
  const Answer first = book.Apply(command);

  // Even when there is enough by now: the saga may already be compensating.
  StockBook later({{Sku("mug"), {.on_hand = 9, .reserved = 0}}},
                  {{kOrder, book.ChangedReservations().at(0)}});

  EXPECT_EQ(later.Apply(command), first);
  EXPECT_THAT(later.ChangedReservations(), IsEmpty());
}

TEST(StockBook, RefusesAReservationThatCameAfterItsRelease) {
  StockBook book = BookWith(std::nullopt);

  const Answer release = book.Apply(Command(Kind::kRelease));
  const Answer reserve = book.Apply(Reserve({{Sku("mug"), 2}}));

  EXPECT_EQ(release.outcome, Outcome::kDone);
  EXPECT_EQ(reserve.outcome, Outcome::kRefused);
  EXPECT_EQ(reserve.refusal.reason, RefusalReason::kAlreadyCompensated);
  ASSERT_EQ(book.ChangedReservations().size(), 1u);
  EXPECT_THAT(book.ChangedReservations()[0].lines, IsEmpty());
  EXPECT_THAT(book.StockDeltas(), IsEmpty());
}

TEST(StockBook, NeverSellsTheLastPieceTwiceWithinABatch) {
  StockBook book({{Sku("mug"), {.on_hand = 1, .reserved = 0}}}, {});

  const Answer first = book.Apply(Reserve({{Sku("mug"), 1}}, kOrder));
  const Answer second = book.Apply(Reserve({{Sku("mug"), 1}}, kOtherOrder));
  const Answer release = book.Apply(Command(Kind::kRelease, {}, kOrder));

  EXPECT_EQ(first.outcome, Outcome::kDone);
  EXPECT_EQ(second.outcome, Outcome::kRefused);
  EXPECT_EQ(release.outcome, Outcome::kDone);
  EXPECT_THAT(book.StockDeltas(), IsEmpty());  // reserved and released again: nothing to write
  EXPECT_EQ(book.ChangedReservations().size(), 2u);
}

TEST(StockBook, SumsUpWhatABatchDoesToOneSku) {
  StockBook book({{Sku("mug"), {.on_hand = 10, .reserved = 0}}}, {});

  book.Apply(Reserve({{Sku("mug"), 2}}, kOrder));
  book.Apply(Reserve({{Sku("mug"), 3}}, kOtherOrder));
  book.Apply(Command(Kind::kCommit, {}, kOrder));

  EXPECT_THAT(book.StockDeltas(), ElementsAre(StockDelta{Sku("mug"), -2, 3}));
}

TEST(StockBook, CommitOfAnExpiredReservationWaitsForItsPieces) {
  Reservation expired;
  expired.order_id = kOrder;
  expired.state = State::kExpired;
  expired.lines = {{Sku("mug"), 2}};
  StockBook book({{Sku("mug"), {.on_hand = 3, .reserved = 2}}}, {{kOrder, expired}});

  const Answer answer = book.Apply(Command(Kind::kCommit));

  EXPECT_EQ(answer.outcome, Outcome::kFailed);
  EXPECT_THAT(answer.error, HasSubstr("mug"));
  EXPECT_THAT(book.ChangedReservations(), IsEmpty());
  EXPECT_THAT(book.StockDeltas(), IsEmpty());
}

TEST(StockBook, ExpiresOnlyWhatIsReserved) {
  StockBook reserved = BookWith(State::kReserved);
  StockBook committed = BookWith(State::kCommitted);
  StockBook none = BookWith(std::nullopt);

  EXPECT_TRUE(reserved.Expire(kOrder));
  EXPECT_FALSE(committed.Expire(kOrder));
  EXPECT_FALSE(none.Expire(kOrder));

  EXPECT_EQ(reserved.ChangedReservations().at(0).state, State::kExpired);
  EXPECT_THAT(reserved.StockDeltas(), ElementsAre(StockDelta{Sku("mug"), 0, -2}));
  EXPECT_THAT(committed.ChangedReservations(), IsEmpty());
}

}  // namespace
}  // namespace orderflow::inventory
