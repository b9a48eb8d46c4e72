#include "libs/postgres/params.h"

#include <chrono>
#include <string_view>
#include <utility>

#include "fmt/compile.h"
#include "fmt/format.h"
#include "libs/base/uuid.h"

namespace orderflow::postgres {
namespace {

// Types by their OIDs, which never change: src/include/catalog/pg_type.dat.
struct ElementType {
  uint32_t element;
  uint32_t array;
};
constexpr ElementType kBoolean = {16, 1000};
constexpr ElementType kBytea = {17, 1001};
constexpr ElementType kBigint = {20, 1016};
constexpr ElementType kText = {25, 1009};
constexpr ElementType kTimestamptz = {1184, 1185};
constexpr ElementType kUuid = {2950, 2951};

// PostgreSQL counts its times from here.
constexpr Timestamp kPostgresEpoch = std::chrono::sys_days(std::chrono::January / 1 / 2000);

template <class Integer>
void AppendInteger(std::string& buffer, Integer value) {
  for (int shift = (static_cast<int>(sizeof(value)) - 1) * 8; shift >= 0; shift -= 8) {
    buffer += static_cast<char>(value >> shift);
  }
}

void AppendNull(std::string& buffer) { AppendInteger<int32_t>(buffer, -1); }

void AppendBytes(std::string& buffer, std::string_view bytes) {
  AppendInteger(buffer, static_cast<int32_t>(bytes.size()));
  buffer += bytes;
}

void AppendBigint(std::string& buffer, int64_t value) {
  AppendInteger<int32_t>(buffer, sizeof(value));
  AppendInteger(buffer, value);
}

void AppendTime(std::string& buffer, Timestamp value) {
  AppendBigint(buffer, std::chrono::microseconds(value - kPostgresEpoch).count());
}

unsigned char HexValue(char digit) {
  if (digit <= '9') {
    return static_cast<unsigned char>(digit - '0');
  }
  return static_cast<unsigned char>((digit | 0x20) - 'a' + 10);
}

// `value` is a UUID.
void AppendUuid(std::string& buffer, std::string_view value) {
  AppendInteger<int32_t>(buffer, 16);
  for (size_t i = 0; i < value.size(); i += 2) {
    if (value[i] == '-') {
      ++i;
    }
    buffer += static_cast<char>(HexValue(value[i]) << 4 | HexValue(value[i + 1]));
  }
}

// The form that array_recv reads (src/backend/utils/adt/arrayfuncs.c): dimensions, whether there
// are NULLs, the element type, length and lower bound, and each element by `append(buffer, value)`.
template <class Values, class Append>
Param Array(ElementType type, const Values& values, size_t bytes_per_element, Append append) {
  std::string buffer;
  buffer.reserve(20 + values.size() * (4 + bytes_per_element));
  AppendInteger<int32_t>(buffer, values.empty() ? 0 : 1);
  AppendInteger<int32_t>(buffer, 1);
  AppendInteger(buffer, type.element);
  if (!values.empty()) {
    AppendInteger(buffer, static_cast<int32_t>(values.size()));
    AppendInteger<int32_t>(buffer, 1);
  }
  for (const auto& value : values) {
    append(buffer, value);
  }
  return {.value = std::move(buffer), .binary_type = type.array};
}

size_t MeanSize(std::span<const std::string> values) {
  size_t bytes = 0;
  for (const std::string& value : values) {
    bytes += value.size();
  }
  return values.empty() ? 0 : bytes / values.size() + 1;
}

}  // namespace

std::string FormatTimestamp(Timestamp value) {
  const auto day = std::chrono::floor<std::chrono::days>(value);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> time(value - day);
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

Params& Params::Text(std::string_view value) {
  values_.push_back({.value = std::string(value)});
  return *this;
}

Params& Params::TextOrNull(std::string_view value) {
  values_.push_back({.value = value.empty() ? std::nullopt : std::optional(std::string(value))});
  return *this;
}

Params& Params::Int(int64_t value) {
  values_.push_back({.value = fmt::format("{}", value)});
  return *this;
}

void Params::CheckTexts(std::span<const std::string> values) {
  for (const std::string& value : values) {
    if (value.find('\0') != std::string::npos && status_.ok()) {
      status_ = absl::InvalidArgumentError(fmt::format(
          "parameter {} contains a zero byte, which text cannot hold: reject such input",
          values_.size() + 1));
    }
  }
}

Params& Params::TextArray(std::span<const std::string> values) {
  CheckTexts(values);
  values_.push_back(Array(kText, values, MeanSize(values), AppendBytes));
  return *this;
}

Params& Params::TextOrNullArray(std::span<const std::string> values) {
  CheckTexts(values);
  values_.push_back(
      Array(kText, values, MeanSize(values), [](std::string& buffer, const std::string& value) {
        value.empty() ? AppendNull(buffer) : AppendBytes(buffer, value);
      }));
  return *this;
}

void Params::CheckUuids(std::span<const std::string> values, bool allow_empty) {
  for (const std::string& value : values) {
    if (!IsUuid(value) && !(allow_empty && value.empty()) && status_.ok()) {
      status_ =
          absl::InvalidArgumentError(fmt::format("parameter {} holds \"{}\", which is not a UUID",
                                                 values_.size() + 1, value.substr(0, 64)));
    }
  }
}

Params& Params::UuidArray(std::span<const std::string> values) {
  CheckUuids(values, /*allow_empty=*/false);
  values_.push_back(status_.ok() ? Array(kUuid, values, 16, AppendUuid) : Param{});
  return *this;
}

Params& Params::UuidOrNullArray(std::span<const std::string> values) {
  CheckUuids(values, /*allow_empty=*/true);
  const auto append = [](std::string& buffer, const std::string& value) {
    value.empty() ? AppendNull(buffer) : AppendUuid(buffer, value);
  };
  values_.push_back(status_.ok() ? Array(kUuid, values, 16, append) : Param{});
  return *this;
}

Params& Params::IntArray(std::span<const int64_t> values) {
  values_.push_back(Array(kBigint, values, sizeof(int64_t), AppendBigint));
  return *this;
}

Params& Params::BoolArray(const std::vector<bool>& values) {
  values_.push_back(Array(kBoolean, values, 1, [](std::string& buffer, bool value) {
    AppendBytes(buffer, std::string_view(value ? "\1" : "\0", 1));
  }));
  return *this;
}

Params& Params::BytesArray(std::span<const std::string> values) {
  values_.push_back(Array(kBytea, values, MeanSize(values), AppendBytes));
  return *this;
}

Params& Params::TimeArray(std::span<const Timestamp> values) {
  values_.push_back(Array(kTimestamptz, values, sizeof(int64_t), AppendTime));
  return *this;
}

Params& Params::TimeOrNullArray(std::span<const std::optional<Timestamp>> values) {
  values_.push_back(Array(kTimestamptz, values, sizeof(int64_t),
                          [](std::string& buffer, const std::optional<Timestamp>& value) {
                            value ? AppendTime(buffer, *value) : AppendNull(buffer);
                          }));
  return *this;
}

}  // namespace orderflow::postgres
