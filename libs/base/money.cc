#include "libs/base/money.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"

namespace orderflow {
namespace {

using CurrencyEntry = std::pair<std::string_view, int>;

// ISO 4217 list one, sorted by code.
constexpr std::array<CurrencyEntry, 46> kCurrencies{{
    {"AED", 2}, {"ARS", 2}, {"AUD", 2}, {"BGN", 2}, {"BHD", 3}, {"BRL", 2}, {"CAD", 2}, {"CHF", 2},
    {"CLP", 0}, {"CNY", 2}, {"COP", 2}, {"CZK", 2}, {"DKK", 2}, {"EGP", 2}, {"EUR", 2}, {"GBP", 2},
    {"HKD", 2}, {"HUF", 2}, {"IDR", 2}, {"ILS", 2}, {"INR", 2}, {"ISK", 0}, {"JOD", 3}, {"JPY", 0},
    {"KES", 2}, {"KRW", 0}, {"KWD", 3}, {"MAD", 2}, {"MXN", 2}, {"MYR", 2}, {"NGN", 2}, {"NOK", 2},
    {"NZD", 2}, {"OMR", 3}, {"PEN", 2}, {"PHP", 2}, {"PKR", 2}, {"PLN", 2}, {"RON", 2}, {"SAR", 2},
    {"SEK", 2}, {"SGD", 2}, {"THB", 2}, {"TRY", 2}, {"USD", 2}, {"ZAR", 2},
}};

}  // namespace

int CurrencyExponent(std::string_view currency_code) {
  const auto* found = std::lower_bound(
      kCurrencies.begin(), kCurrencies.end(), currency_code,
      [](const CurrencyEntry& entry, std::string_view code) { return entry.first < code; });
  return found != kCurrencies.end() && found->first == currency_code ? found->second : -1;
}

absl::StatusOr<Money> Add(const Money& a, const Money& b) {
  if (a.currency_code != b.currency_code) {
    return absl::InvalidArgumentError(
        fmt::format("cannot add {} to {}: different currencies", b.currency_code, a.currency_code));
  }
  Money sum{a.currency_code, 0};
  if (__builtin_add_overflow(a.amount_minor, b.amount_minor, &sum.amount_minor)) {
    return absl::OutOfRangeError(fmt::format("{} + {} is too large", ToString(a), ToString(b)));
  }
  return sum;
}

absl::StatusOr<Money> Multiply(const Money& unit, int64_t quantity) {
  Money product{unit.currency_code, 0};
  if (__builtin_mul_overflow(unit.amount_minor, quantity, &product.amount_minor)) {
    return absl::OutOfRangeError(fmt::format("{} x {} is too large", ToString(unit), quantity));
  }
  return product;
}

std::string ToString(const Money& money) {
  const int exponent = CurrencyExponent(money.currency_code);
  if (exponent <= 0) {
    return fmt::format("{} {}", money.amount_minor, money.currency_code);
  }
  uint64_t divisor = 1;
  for (int i = 0; i < exponent; ++i) {
    divisor *= 10;
  }
  const bool negative = money.amount_minor < 0;
  const uint64_t magnitude = negative ? uint64_t{0} - static_cast<uint64_t>(money.amount_minor)
                                      : static_cast<uint64_t>(money.amount_minor);
  return fmt::format("{}{}.{:0{}} {}", negative ? "-" : "", magnitude / divisor,
                     magnitude % divisor, exponent, money.currency_code);
}

}  // namespace orderflow
