#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace orderflow {

// An amount in whole minor units of one currency. Arithmetic is checked: it never wraps and never
// mixes currencies.
struct Money {
  std::string currency_code;  // ISO 4217, upper case
  int64_t amount_minor = 0;

  bool operator==(const Money&) const = default;
};

// Largest amount that an order, an item price or a payment may have, in minor units.
inline constexpr int64_t kAmountMinorMax = 1'000'000'000'000;

// The ISO 4217 exponent (digits after the point) of a currency, or -1 when it is not one we know.
int CurrencyExponent(std::string_view currency_code);
inline bool IsKnownCurrency(std::string_view currency_code) {
  return CurrencyExponent(currency_code) >= 0;
}

// Sum. kInvalidArgument: different currencies. kOutOfRange: beyond 64 bits.
absl::StatusOr<Money> Add(const Money& a, const Money& b);

// Product with a count of pieces. kOutOfRange: beyond 64 bits.
absl::StatusOr<Money> Multiply(const Money& unit, int64_t quantity);

// "12.34 EUR".
std::string ToString(const Money& money);

}  // namespace orderflow
