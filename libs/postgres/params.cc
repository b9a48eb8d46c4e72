#include "libs/postgres/params.h"

#include <chrono>
#include <string_view>

#include "fmt/format.h"

namespace orderflow::postgres {
namespace {

std::string HexBytes(std::string_view value) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(2 + value.size() * 2);
  text += "\\x";
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    text += kDigits[byte >> 4];
    text += kDigits[byte & 0x0f];
  }
  return text;
}

// Elements are always quoted: then an empty string, the word NULL, braces and commas are plain
// text.
void AppendQuoted(std::string& literal, std::string_view element) {
  literal += '"';
  for (const char c : element) {
    if (c == '"' || c == '\\') {
      literal += '\\';
    }
    literal += c;
  }
  literal += '"';
}

// "{e1,e2,...}", each element written by `append(literal, value)`.
template <class Values, class Append>
std::string ArrayLiteral(const Values& values, size_t bytes_per_element, Append append) {
  std::string literal;
  literal.reserve(2 + values.size() * bytes_per_element);
  literal += '{';
  bool first = true;
  for (const auto& value : values) {
    if (!first) {
      literal += ',';
    }
    first = false;
    append(literal, value);
  }
  literal += '}';
  return literal;
}

}  // namespace

std::string FormatTimestamp(Timestamp value) {
  const auto day = std::chrono::floor<std::chrono::days>(value);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> time(value - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

Params& Params::Text(std::string_view value) {
  values_.emplace_back(std::string(value));
  return *this;
}

Params& Params::TextOrNull(std::string_view value) {
  if (value.empty()) {
    values_.emplace_back(std::nullopt);
  } else {
    values_.emplace_back(std::string(value));
  }
  return *this;
}

Params& Params::Int(int64_t value) {
  values_.emplace_back(fmt::format("{}", value));
  return *this;
}

Params& Params::TextArray(std::span<const std::string> values) {
  values_.emplace_back(ArrayLiteral(values, 40, [](std::string& literal, const std::string& value) {
    AppendQuoted(literal, value);
  }));
  return *this;
}

Params& Params::TextOrNullArray(std::span<const std::string> values) {
  values_.emplace_back(ArrayLiteral(values, 40, [](std::string& literal, const std::string& value) {
    if (value.empty()) {
      literal += "NULL";
    } else {
      AppendQuoted(literal, value);
    }
  }));
  return *this;
}

Params& Params::IntArray(std::span<const int64_t> values) {
  values_.emplace_back(ArrayLiteral(values, 8, [](std::string& literal, int64_t value) {
    fmt::format_to(std::back_inserter(literal), "{}", value);
  }));
  return *this;
}

Params& Params::BoolArray(const std::vector<bool>& values) {
  values_.emplace_back(ArrayLiteral(
      values, 2, [](std::string& literal, bool value) { literal += value ? 't' : 'f'; }));
  return *this;
}

Params& Params::BytesArray(std::span<const std::string> values) {
  size_t bytes = 0;
  for (const std::string& value : values) {
    bytes += value.size();
  }
  const size_t per_element = values.empty() ? 0 : 6 + 2 * bytes / values.size();
  values_.emplace_back(
      ArrayLiteral(values, per_element, [](std::string& literal, const std::string& value) {
        AppendQuoted(literal, HexBytes(value));
      }));
  return *this;
}

Params& Params::TimeArray(std::span<const Timestamp> values) {
  values_.emplace_back(ArrayLiteral(values, 34, [](std::string& literal, Timestamp value) {
    AppendQuoted(literal, FormatTimestamp(value));
  }));
  return *this;
}

Params& Params::TimeOrNullArray(std::span<const std::optional<Timestamp>> values) {
  values_.emplace_back(
      ArrayLiteral(values, 34, [](std::string& literal, const std::optional<Timestamp>& value) {
        if (value) {
          AppendQuoted(literal, FormatTimestamp(*value));
        } else {
          literal += "NULL";
        }
      }));
  return *this;
}

}  // namespace orderflow::postgres
