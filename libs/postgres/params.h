#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"

namespace orderflow::postgres {

// The parameters of one execution, in order: $1, $2, ... Values are encoded as PostgreSQL text, and
// arrays as array literals, so that one statement writes a whole batch
// (INSERT ... SELECT ... FROM unnest($1::uuid[], $2::text[])). Not threadsafe.
class Params {
 public:
  Params& Text(std::string_view value);
  Params& TextOrNull(std::string_view value);  // empty: NULL
  Params& Int(int64_t value);

  Params& TextArray(std::span<const std::string> values);
  Params& TextOrNullArray(std::span<const std::string> values);  // empty elements: NULL
  Params& IntArray(std::span<const int64_t> values);
  Params& BoolArray(const std::vector<bool>& values);
  Params& BytesArray(std::span<const std::string> values);  // bytea[]
  Params& TimeArray(std::span<const Timestamp> values);     // timestamptz[]
  Params& TimeOrNullArray(std::span<const std::optional<Timestamp>> values);

  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  std::vector<std::optional<std::string>> values_;
};

// Timestamps as PostgreSQL text, to the microsecond, UTC.
std::string FormatTimestamp(Timestamp value);

}  // namespace orderflow::postgres
