#include "libs/postgres/text_decoding.h"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "libs/base/invariant.h"

namespace orderflow::postgres {
namespace {

template <class Number>
Number ParseNumber(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  INVARIANT(error == std::errc() && end == text.data() + text.size(),
            "column is not a number of the type that is read");
  return value;
}

int Nibble(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  INVARIANT(c >= 'a' && c <= 'f', "column is not a bytea in hex output");
  return c - 'a' + 10;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// ".123456" or shorter, as PostgreSQL leaves trailing zeros out; empty: 0.
std::optional<int64_t> ReadFraction(std::string_view text) {
  if (text.empty()) {
    return 0;
  }
  std::string digits(text.substr(1));
  if (text[0] != '.' || digits.empty() || digits.size() > 6 ||
      !std::all_of(digits.begin(), digits.end(), IsDigit)) {
    return std::nullopt;
  }
  digits.append(6 - digits.size(), '0');
  return ParseNumber<int64_t>(digits);
}

}  // namespace

int64_t ParseInt(std::string_view text) { return ParseNumber<int64_t>(text); }

double ParseDouble(std::string_view text) { return ParseNumber<double>(text); }

bool ParseBool(std::string_view text) {
  INVARIANT(text == "t" || text == "f", "column is not a boolean");
  return text == "t";
}

std::string ParseBytes(std::string_view text) {
  INVARIANT(text.size() >= 2 && text.size() % 2 == 0 && text[0] == '\\' && text[1] == 'x',
            "column is not a bytea in hex output");
  std::string bytes;
  bytes.reserve(text.size() / 2 - 1);
  for (size_t i = 2; i < text.size(); i += 2) {
    bytes += static_cast<char>(Nibble(text[i]) * 16 + Nibble(text[i + 1]));
  }
  return bytes;
}

std::optional<Timestamp> ReadTimestamp(std::string_view text) {
  constexpr std::string_view kForm = "dddd-dd-dd dd:dd:dd";
  constexpr std::string_view kUtc = "+00";
  if (text.size() < kForm.size() + kUtc.size() || text.substr(text.size() - kUtc.size()) != kUtc) {
    return std::nullopt;
  }
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !IsDigit(text[i]) : text[i] != kForm[i]) {
      return std::nullopt;
    }
  }
  const std::optional<int64_t> micros =
      ReadFraction(text.substr(kForm.size(), text.size() - kForm.size() - kUtc.size()));
  const auto number = [text](size_t position, size_t length) {
    return static_cast<int>(ParseInt(text.substr(position, length)));
  };
  const auto date = std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
  if (!micros || !date.ok() || number(11, 2) > 23 || number(14, 2) > 59 || number(17, 2) > 59) {
    return std::nullopt;
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
         std::chrono::microseconds(*micros);
}

Timestamp ParseTimestamp(std::string_view text) {
  const std::optional<Timestamp> time = ReadTimestamp(text);
  INVARIANT(time.has_value(), "column is not a timestamptz of the years 0000 to 9999 in UTC");
  return *time;
}

}  // namespace orderflow::postgres
