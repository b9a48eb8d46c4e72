// Proves the provider's rules: keys like Stripe's, which alone keep a call from happening twice;
// each operation takes one hold in the right state; and what is handed to the store afterwards.
#include "services/payment_provider_simulator/domain/books.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/base/errors.h"

namespace orderflow::payment_provider_simulator {
namespace {

const Money kAmount{"EUR", 4200};

MerchantCall Call(OperationKind kind, const std::string& key = "") {
  MerchantCall call{.idempotency_key = key.empty() ? ToString(kind) : key,
                    .payment_reference = "payment-1",
                    .kind = kind};
  if (kind == OperationKind::kAuthorize) {
    call.amount = kAmount;
    call.payment_method_token = "tok_approve";
  }
  return call;
}

absl::StatusOr<Operation> Book(Books& books, const MerchantCall& call,
                               const std::string& decline_code = "") {
  return books.Book(call, decline_code, "reference-" + call.idempotency_key, Timestamp());
}

TEST(Books, AnswersARepeatedCallFromTheBooks) {
  Books books({}, {});

  const auto first = Book(books, Call(OperationKind::kAuthorize));
  const auto again =
      books.Book(Call(OperationKind::kAuthorize), "", "another reference", Timestamp());

  ASSERT_TRUE(first.ok() && again.ok());
  EXPECT_EQ(first->reference, again->reference);
  EXPECT_EQ(books.TakeChanges().operations.size(), 1u);
}

TEST(Books, RefusesAKeyThatStandsForAnotherBody) {
  Books books({}, {});
  ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize)).ok());
  MerchantCall other = Call(OperationKind::kAuthorize);
  other.amount.amount_minor += 1;

  const auto reused = Book(books, other);

  EXPECT_TRUE(absl::IsAlreadyExists(reused.status())) << reused.status();
  EXPECT_EQ(DetailsOf(reused.status()).reason, "IDEMPOTENCY_KEY_REUSED");
}

// What a merchant does whose keys differ from try to try: nothing here saves it.
TEST(Books, AnotherKeyIsAnotherHoldAndAnotherCapture) {
  Books books({}, {});
  ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize)).ok());
  ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize, "second hold")).ok());

  EXPECT_TRUE(Book(books, Call(OperationKind::kCapture)).ok());
  EXPECT_TRUE(Book(books, Call(OperationKind::kCapture, "second capture")).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      Book(books, Call(OperationKind::kCapture, "third capture")).status()));
  EXPECT_TRUE(Book(books, Call(OperationKind::kRefund)).ok());
  EXPECT_TRUE(Book(books, Call(OperationKind::kRefund, "second refund")).ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition(Book(books, Call(OperationKind::kRefund, "third")).status()));
  EXPECT_EQ(books.TakeChanges().operations.size(), 6u);
}

TEST(Books, AVoidLiftsOneHoldAndARepeatedOneNoOther) {
  Books books({}, {});
  ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize)).ok());
  ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize, "second hold")).ok());

  ASSERT_TRUE(Book(books, Call(OperationKind::kVoid)).ok());
  ASSERT_TRUE(Book(books, Call(OperationKind::kVoid)).ok());
  const Books::Changes changes = books.TakeChanges();

  ASSERT_EQ(changes.new_holds.size(), 2u);
  EXPECT_EQ(changes.new_holds[0].state, HoldState::kVoided);
  EXPECT_EQ(changes.new_holds[1].state, HoldState::kHeld);
}

TEST(Books, AHoldThatHasLapsedIsLiftedAndNeverCaptured) {
  const Hold lapsed{"reference-1", "payment-1", HoldState::kLapsed, kAmount, "tok_approve"};
  Books books({}, {{"payment-1", {lapsed}}});

  EXPECT_TRUE(absl::IsFailedPrecondition(Book(books, Call(OperationKind::kCapture)).status()));
  EXPECT_TRUE(Book(books, Call(OperationKind::kVoid)).ok());
  EXPECT_TRUE(
      absl::IsFailedPrecondition(Book(books, Call(OperationKind::kVoid, "second")).status()));
}

TEST(Books, BoundsTheHoldsOfAPayment) {
  Books books({}, {});
  for (size_t i = 0; i < kHoldsPerPaymentMax; ++i) {
    ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize, std::to_string(i))).ok());
  }

  const auto refused = Book(books, Call(OperationKind::kAuthorize, "one more"));

  EXPECT_EQ(DetailsOf(refused.status()).reason, "TOO_MANY_HOLDS");
  EXPECT_TRUE(Book(books, Call(OperationKind::kAuthorize, "0")).ok()) << "a repeated call";
}

TEST(Books, BooksADeclineAndLetsAnotherTryFollow) {
  Books books({}, {});

  const auto declined = Book(books, Call(OperationKind::kAuthorize), "expired_card");
  const auto approved = Book(books, Call(OperationKind::kAuthorize, "second"));

  ASSERT_TRUE(declined.ok() && approved.ok());
  EXPECT_FALSE(declined->succeeded);
  EXPECT_EQ(declined->decline_code, "expired_card");
  EXPECT_TRUE(approved->succeeded);
}

TEST(Books, TakesEachStepOnlyFromTheRightState) {
  using Kind = OperationKind;
  struct Case {
    std::vector<Kind> before;
    Kind step;
    bool ok;
  };
  const Case cases[] = {
      {{}, Kind::kCapture, false},
      {{}, Kind::kVoid, false},
      {{}, Kind::kRefund, false},
      {{Kind::kAuthorize}, Kind::kCapture, true},
      {{Kind::kAuthorize}, Kind::kVoid, true},
      {{Kind::kAuthorize}, Kind::kRefund, false},
      {{Kind::kAuthorize, Kind::kCapture}, Kind::kCapture, false},
      {{Kind::kAuthorize, Kind::kCapture}, Kind::kVoid, false},
      {{Kind::kAuthorize, Kind::kCapture}, Kind::kRefund, true},
      {{Kind::kAuthorize, Kind::kVoid}, Kind::kCapture, false},
      {{Kind::kAuthorize, Kind::kVoid}, Kind::kVoid, false},
      {{Kind::kAuthorize, Kind::kCapture, Kind::kRefund}, Kind::kRefund, false},
  };
  for (const Case& test : cases) {
    Books books({}, {});
    for (const Kind kind : test.before) {
      ASSERT_TRUE(Book(books, Call(kind)).ok());
    }

    const auto result = Book(books, Call(test.step, "the step"));

    EXPECT_EQ(result.ok(), test.ok) << test.before.size() << " steps, then " << ToString(test.step);
    if (result.ok()) {
      EXPECT_EQ(result->amount, kAmount);
    } else {
      EXPECT_TRUE(absl::IsFailedPrecondition(result.status()));
    }
  }
}

TEST(Books, HandsOverWhatChangedSinceItWasLoaded) {
  const Hold voided{"reference-0", "payment-1", HoldState::kVoided, kAmount, "tok_slow"};
  const Hold held{"reference-1", "payment-1", HoldState::kHeld, kAmount, "tok_slow"};
  Books books({}, {{"payment-1", {voided, held}}});

  ASSERT_TRUE(Book(books, Call(OperationKind::kCapture)).ok());
  ASSERT_TRUE(Book(books, Call(OperationKind::kRefund)).ok());
  const Books::Changes changes = books.TakeChanges();

  EXPECT_EQ(books.TokenOf(Call(OperationKind::kCapture)), "tok_slow");
  EXPECT_EQ(changes.operations.size(), 2u);
  EXPECT_TRUE(changes.new_holds.empty());
  ASSERT_EQ(changes.changed_holds.size(), 1u);
  EXPECT_EQ(changes.changed_holds[0].before, HoldState::kHeld);
  EXPECT_EQ(changes.changed_holds[0].after.reference, "reference-1");
  EXPECT_EQ(changes.changed_holds[0].after.state, HoldState::kRefunded);
}

TEST(BodyHash, TellsFieldsApart) {
  MerchantCall a = Call(OperationKind::kAuthorize);
  MerchantCall b = a;
  a.payment_method_token = "ab";
  a.customer_reference = "c";
  b.payment_method_token = "a";
  b.customer_reference = "bc";

  EXPECT_NE(BodyHash(a), BodyHash(b));
  b = a;
  b.idempotency_key = "other";
  EXPECT_EQ(BodyHash(a), BodyHash(b));
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
