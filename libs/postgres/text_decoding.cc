#include "libs/postgres/text_decoding.h"

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

Timestamp ParseTimestamp(std::string_view text) {
  INVARIANT(text.size() >= 22 && text[4] == '-' && text[7] == '-' && text[10] == ' ' &&
                text[13] == ':' && text[16] == ':' && text.substr(text.size() - 3) == "+00",
            "column is not a timestamptz of the years 0000 to 9999 in UTC");
  const auto number = [text](size_t position, size_t length) {
    return static_cast<int>(ParseInt(text.substr(position, length)));
  };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  int64_t micros = 0;
  if (text[19] == '.') {
    std::string fraction(text.substr(20, text.size() - 23));
    INVARIANT(!fraction.empty() && fraction.size() <= 6,
              "timestamp fraction is not in microseconds");
    fraction.append(6 - fraction.size(), '0');  // PostgreSQL leaves trailing zeros out
    micros = ParseInt(fraction);
  }
  return Timestamp(std::chrono::sys_days(date)) + std::chrono::hours(number(11, 2)) +
         std::chrono::minutes(number(14, 2)) + std::chrono::seconds(number(17, 2)) +
         std::chrono::microseconds(micros);
}

}  // namespace orderflow::postgres
