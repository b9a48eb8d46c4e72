#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace orderflow::postgres {

// One parameter as it travels.
struct Param {
  std::optional<std::string> value;  // nullopt: NULL
  // The OID of its type when `value` is PostgreSQL's binary form; 0: text, the server infers its
  // type.
  uint32_t binary_type = 0;
};

// The parameters of one execution, in order: $1, $2, ... Arrays carry a whole batch
// (INSERT ... SELECT ... FROM unnest($1::uuid[], $2::text[])) and travel in binary: text[],
// bigint[], boolean[], bytea[] or timestamptz[]. A cast in the statement makes uuid[] or json[] of
// text[], and integer[] of bigint[]. Not threadsafe.
class Params {
 public:
  Params& Text(std::string_view value);
  Params& TextOrNull(std::string_view value);  // empty: NULL
  Params& Int(int64_t value);

  Params& TextArray(std::span<const std::string> values);
  Params& TextOrNullArray(std::span<const std::string> values);  // empty elements: NULL
  Params& UuidArray(std::span<const std::string> values);        // as text, 8-4-4-4-12 digits
  Params& UuidOrNullArray(std::span<const std::string> values);  // empty elements: NULL
  Params& IntArray(std::span<const int64_t> values);
  Params& BoolArray(const std::vector<bool>& values);
  Params& BytesArray(std::span<const std::string> values);  // bytea[]
  Params& TimeArray(std::span<const Timestamp> values);     // timestamptz[]
  Params& TimeOrNullArray(std::span<const std::optional<Timestamp>> values);

  const std::vector<Param>& values() const { return values_; }
  // kInvalidArgument when an array's element does not have the form of its type (a UUID; text
  // without zero bytes): such parameters are not sent.
  const absl::Status& status() const { return status_; }

 private:
  void CheckTexts(std::span<const std::string> values);
  void CheckUuids(std::span<const std::string> values, bool allow_empty);

  std::vector<Param> values_;
  absl::Status status_;
};

// Timestamps as PostgreSQL text, to the microsecond, UTC.
std::string FormatTimestamp(Timestamp value);

}  // namespace orderflow::postgres
