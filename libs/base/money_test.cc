// Proves that money never wraps, never mixes currencies, and is printed with its currency's own
// number of digits.

#include "libs/base/money.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "libs/testing/status_matchers.h"

namespace orderflow {
namespace {

using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

TEST(Money, AddsAmountsOfOneCurrency) {
  EXPECT_THAT(Add({"EUR", 150}, {"EUR", -50}), IsOkAndHolds(Money{"EUR", 100}));
  EXPECT_THAT(Add({"EUR", kMax}, {"EUR", kMin}), IsOkAndHolds(Money{"EUR", -1}));
}

TEST(Money, RefusesToAddDifferentCurrencies) {
  EXPECT_THAT(Add({"EUR", 1}, {"USD", 1}), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(Money, RefusesASumBeyondItsRange) {
  EXPECT_THAT(Add({"EUR", kMax}, {"EUR", 1}), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Add({"EUR", kMin}, {"EUR", -1}), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Add({"EUR", kMax - 1}, {"EUR", 1}), IsOkAndHolds(Money{"EUR", kMax}));
}

TEST(Money, MultipliesByAQuantity) {
  EXPECT_THAT(Multiply({"EUR", 1999}, 3), IsOkAndHolds(Money{"EUR", 5997}));
  EXPECT_THAT(Multiply({"EUR", 1999}, 0), IsOkAndHolds(Money{"EUR", 0}));
}

TEST(Money, RefusesAProductBeyondItsRange) {
  EXPECT_THAT(Multiply({"EUR", kMax}, 2), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Multiply({"EUR", kMin}, -1), StatusIs(absl::StatusCode::kOutOfRange));
  EXPECT_THAT(Multiply({"EUR", kAmountMinorMax}, 10'000'000),
              StatusIs(absl::StatusCode::kOutOfRange));
}

TEST(Money, PrintsTheDigitsOfItsCurrency) {
  struct Case {
    Money money;
    const char* text;
  };
  const Case cases[] = {
      {{"EUR", 1234}, "12.34 EUR"},
      {{"EUR", 0}, "0.00 EUR"},
      {{"EUR", 5}, "0.05 EUR"},
      {{"EUR", -5}, "-0.05 EUR"},
      {{"EUR", -1234}, "-12.34 EUR"},
      {{"JPY", 1234}, "1234 JPY"},
      {{"KWD", 1234}, "1.234 KWD"},
      {{"KWD", -1}, "-0.001 KWD"},
      {{"XXX", 1234}, "1234 XXX"},
      {{"EUR", kMax}, "92233720368547758.07 EUR"},
      {{"EUR", kMin}, "-92233720368547758.08 EUR"},
  };

  for (const Case& c : cases) {
    EXPECT_EQ(ToString(c.money), c.text);
  }
}

TEST(CurrencyExponent, KnowsTheCommonCurrencies) {
  EXPECT_EQ(CurrencyExponent("AED"), 2);  // the first of the table
  EXPECT_EQ(CurrencyExponent("ZAR"), 2);  // the last
  EXPECT_EQ(CurrencyExponent("EUR"), 2);
  EXPECT_EQ(CurrencyExponent("USD"), 2);
  EXPECT_EQ(CurrencyExponent("JPY"), 0);
  EXPECT_EQ(CurrencyExponent("BHD"), 3);
}

TEST(CurrencyExponent, IsMinusOneForAnythingElse) {
  for (const char* code : {"", "EU", "EURO", "eur", "XXX", "AAA", "ZZZ"}) {
    EXPECT_EQ(CurrencyExponent(code), -1) << code;
    EXPECT_FALSE(IsKnownCurrency(code)) << code;
  }
}

}  // namespace
}  // namespace orderflow
