#include "tools/orderctl/render.h"

#include <charconv>
#include <ctime>

#include "fmt/format.h"
#include "fmt/ranges.h"
#include "libs/base/money.h"

namespace orderflow::orderctl {

std::string MoneyText(const common::v1::Money& money) {
  if (money.currency_code().empty()) {
    return "";
  }
  return ToString(Money{money.currency_code(), money.amount_minor()});
}

std::string TimeText(const google::protobuf::Timestamp& time) {
  if (time.seconds() == 0) {
    return "";
  }
  const std::time_t seconds = time.seconds();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     time.nanos() / 1'000'000);
}

std::string RefusalText(const common::v1::Refusal& refusal) {
  if (refusal.reason() == common::v1::Refusal::REASON_UNSPECIFIED) {
    return "";
  }
  std::string text = ShortName(common::v1::Refusal::Reason_Name(refusal.reason()), "REASON_");
  if (!refusal.message().empty()) {
    text += ": " + refusal.message();
  }
  if (!refusal.provider_code().empty()) {
    text += fmt::format(" ({})", refusal.provider_code());
  }
  if (refusal.skus_size() > 0) {
    text += fmt::format(" [{}]", fmt::join(refusal.skus(), ", "));
  }
  return text;
}

std::string ShortName(std::string_view value_name, std::string_view prefix) {
  if (value_name.substr(0, prefix.size()) == prefix) {
    value_name.remove_prefix(prefix.size());
  }
  return std::string(value_name);
}

absl::StatusOr<int64_t> ParsePrice(const std::string& text, const std::string& currency_code) {
  const int exponent = CurrencyExponent(currency_code);
  if (exponent < 0) {
    return absl::InvalidArgumentError(
        fmt::format("unknown currency \"{}\": use an ISO 4217 code such as EUR", currency_code));
  }
  const absl::Status wrong = absl::InvalidArgumentError(
      fmt::format("\"{}\" is not a price in {}: use digits with at most {} after the point", text,
                  currency_code, exponent));
  const size_t point = text.find('.');
  std::string digits = text.substr(0, point);
  std::string fraction = point == std::string::npos ? "" : text.substr(point + 1);
  if (digits.empty() || fraction.size() > static_cast<size_t>(exponent) ||
      (point != std::string::npos && fraction.empty())) {
    return wrong;
  }
  fraction.resize(static_cast<size_t>(exponent), '0');
  digits += fraction;
  int64_t amount = 0;
  const char* end = digits.data() + digits.size();
  const auto [stopped, error] = std::from_chars(digits.data(), end, amount);
  if (error != std::errc() || stopped != end || amount < 0 || amount > kAmountMinorMax) {
    return wrong;
  }
  return amount;
}

}  // namespace orderflow::orderctl
