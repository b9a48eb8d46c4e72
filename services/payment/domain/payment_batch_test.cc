// Proves that a batch decides like its events one after the other, and what it hands to the writer:
// each changed payment once, with its state before; calls only for operations it started.
#include "services/payment/domain/payment_batch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace orderflow::payment {
namespace {

const Money kAmount{"EUR", 4200};
constexpr auto kStartBefore = std::chrono::steady_clock::time_point::max();

OrderId Order(int number) {
  return OrderId("0190e000-0000-7000-8000-00000000000" + std::to_string(number));
}

PaymentCommand Authorize(int order) {
  return {Order(order),
          {SagaId("s"), "authorize", false, 1, ""},
          AuthorizeCommand{kAmount, "tok", CustomerId("c")}};
}

PaymentCommand Void(int order) {
  return {Order(order), {SagaId("s"), "authorize", true, 1, ""}, VoidCommand{}};
}

CallOutcome Authorized(int order) {
  return {.order_id = Order(order),
          .kind = OperationKind::kAuthorize,
          .verdict = Verdict::kSucceeded,
          .calls = 1};
}

TEST(PaymentBatch, StartsOneOperationForACommandThatComesTwice) {
  PaymentBatch batch({}, {});

  batch.Apply(Authorize(1));
  batch.Apply(Authorize(1));

  EXPECT_EQ(batch.TakeCalls(kStartBefore).size(), 1u);
  const auto changes = batch.TakeChanges();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_FALSE(changes[0].before.has_value());
  EXPECT_EQ(changes[0].after.operations.size(), 1u);
  EXPECT_TRUE(changes[0].after.operations[0].next_action_in.has_value());
  EXPECT_TRUE(batch.replies().empty());
}

TEST(PaymentBatch, VoidRightBehindTheAuthorizationWaitsForIt) {
  PaymentBatch batch({}, {});

  batch.Apply(Authorize(1));
  batch.Apply(Void(1));

  const std::vector<ProviderCall> calls = batch.TakeCalls(kStartBefore);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].kind, OperationKind::kAuthorize);
  const auto changes = batch.TakeChanges();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_TRUE(changes[0].after.void_requested_by.has_value());
}

TEST(PaymentBatch, VoidBeforeTheAuthorizationLeavesATombstoneThatRefusesIt) {
  PaymentBatch batch({}, {});

  batch.Apply(Void(1));
  batch.Apply(Authorize(1));

  ASSERT_EQ(batch.replies().size(), 2u);
  EXPECT_EQ(batch.replies()[0].outcome, ReplyOutcome::kDone);
  EXPECT_EQ(batch.replies()[1].refusal, RefusalReason::kAlreadyCompensated);
  EXPECT_TRUE(batch.TakeCalls(kStartBefore).empty());
}

TEST(PaymentBatch, WhatIsAnsweredBeforeItIsWrittenIsWrittenAtOnceAsItEnds) {
  PaymentBatch batch({}, {});
  batch.Apply(Authorize(1));
  batch.Apply(Authorize(2));
  ASSERT_EQ(batch.TakeCalls(kStartBefore).size(), 2u);

  batch.Apply(Authorized(1), 0.5);

  EXPECT_TRUE(batch.TakeCalls(kStartBefore).empty()) << "both are made already";
  EXPECT_EQ(batch.CountStarted().answered, 1u);
  EXPECT_EQ(batch.CountStarted().open, 1u);
  ASSERT_EQ(batch.replies().size(), 1u);
  EXPECT_EQ(batch.replies()[0].order_id, Order(1));
  const auto changes = batch.TakeChanges();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_FALSE(changes[0].before.has_value());
  EXPECT_EQ(changes[0].after.state, PaymentState::kAuthorized);
  EXPECT_FALSE(changes[0].after.operations[0].next_action_in.has_value());
  EXPECT_TRUE(changes[0].after.payment_method_token.empty());
  EXPECT_EQ(changes[1].after.state, PaymentState::kAuthorizing);
  EXPECT_TRUE(changes[1].after.operations[0].next_action_in.has_value());
}

TEST(PaymentBatch, AVoidThatWaitedForAnAnswerBeforeTheWriteIsCalledBehindIt) {
  PaymentBatch batch({}, {});
  batch.Apply(Authorize(1));
  batch.Apply(Void(1));
  ASSERT_EQ(batch.TakeCalls(kStartBefore).size(), 1u);

  batch.Apply(Authorized(1), 0.5);

  const std::vector<ProviderCall> calls = batch.TakeCalls(kStartBefore);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].kind, OperationKind::kVoid);
  EXPECT_TRUE(batch.replies().empty()) << "the void's reply comes with its outcome";
  const auto changes = batch.TakeChanges();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].after.state, PaymentState::kVoiding);
}

TEST(PaymentBatch, AnAnswerKnownBeforeItsCallIsTakenNeedsNone) {
  PaymentBatch batch({}, {});
  batch.Apply(Authorize(1));

  batch.Apply(Authorized(1), 0.5);

  EXPECT_TRUE(batch.TakeCalls(kStartBefore).empty());
}

TEST(PaymentBatch, KeepsOrdersApartAndSorted) {
  PaymentBatch first({}, {});
  first.Apply(Authorize(2));
  first.Apply(Authorize(1));
  Payments stored;
  for (const PaymentChange& change : first.TakeChanges()) {
    stored[change.after.order_id] = change.after;
    stored[change.after.order_id].version = 1;
  }

  PaymentBatch second(stored, {});
  second.Apply(Authorized(2), 0.5);
  second.Apply(Authorized(1), 0.5);
  second.Apply(Authorized(3), 0.5);  // nobody's

  const auto changes = second.TakeChanges();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].after.order_id, Order(1));
  EXPECT_EQ(changes[1].after.order_id, Order(2));
  ASSERT_TRUE(changes[0].before.has_value());
  EXPECT_EQ(changes[0].before->state, PaymentState::kAuthorizing);
  EXPECT_EQ(changes[0].after.state, PaymentState::kAuthorized);
  EXPECT_EQ(second.replies().size(), 2u);
}

}  // namespace
}  // namespace orderflow::payment
