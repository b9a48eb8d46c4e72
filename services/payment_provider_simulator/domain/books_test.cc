// Proves the provider's rules: keys like Stripe's, one hold per payment, each step at most once and
// only from the right state, and what is handed to the store afterwards.
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

TEST(Books, HoldsAPaymentOnce) {
  Books books({}, {});
  ASSERT_TRUE(Book(books, Call(OperationKind::kAuthorize)).ok());

  EXPECT_TRUE(
      absl::IsFailedPrecondition(Book(books, Call(OperationKind::kAuthorize, "second")).status()));
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
      {{Kind::kAuthorize, Kind::kVoid}, Kind::kVoid, true},
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
  Books books({}, {{"payment-1", Hold{"payment-1", HoldState::kHeld, kAmount, "tok_slow"}}});

  ASSERT_TRUE(Book(books, Call(OperationKind::kCapture)).ok());
  ASSERT_TRUE(Book(books, Call(OperationKind::kRefund)).ok());
  const Books::Changes changes = books.TakeChanges();

  EXPECT_EQ(books.TokenOf(Call(OperationKind::kCapture)), "tok_slow");
  EXPECT_EQ(changes.operations.size(), 2u);
  EXPECT_TRUE(changes.new_holds.empty());
  ASSERT_EQ(changes.changed_holds.size(), 1u);
  EXPECT_EQ(changes.changed_holds[0].before, HoldState::kHeld);
  EXPECT_EQ(changes.changed_holds[0].after, HoldState::kRefunded);
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
