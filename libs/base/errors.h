#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"

namespace orderflow {

// One field of a request that is not as required; `field` is its proto path ("items[2].quantity").
struct FieldViolation {
  std::string field;
  std::string description;

  bool operator==(const FieldViolation&) const = default;
};

// Collects every violation of a request, so that a caller learns all of them at once.
class FieldViolations {
 public:
  // Records a violation of `field` unless `condition` holds. Returns `condition`.
  bool Check(bool condition, std::string_view field, std::string_view description);
  void Add(std::string_view field, std::string_view description);
  bool empty() const { return violations_.empty(); }
  const std::vector<FieldViolation>& list() const { return violations_; }
  // OK when empty, else kInvalidArgument that names every field.
  absl::Status ToStatus() const;

 private:
  std::vector<FieldViolation> violations_;
};

// What a typed error says beyond code and message. Carried inside absl::Status as payloads of our
// own, so that domain code needs no protobuf; libs/rpc maps them to google.rpc error details.
struct ErrorDetails {
  std::string reason;                           // google.rpc.ErrorInfo reason, UPPER_SNAKE_CASE
  std::map<std::string, std::string> metadata;  // google.rpc.ErrorInfo metadata
  std::vector<FieldViolation> field_violations;
  std::optional<std::chrono::milliseconds> retry_delay;
};

// Returns `status` with details attached, replacing former ones. No effect on OK.
absl::Status WithDetails(absl::Status status, const ErrorDetails& details);

// Returns the details of `status`; empty ones when it has none.
ErrorDetails DetailsOf(const absl::Status& status);

// kInvalidArgument with field violations and reason INVALID_REQUEST.
absl::Status InvalidArgument(const std::vector<FieldViolation>& violations);

// An error with an ErrorInfo reason.
absl::Status TypedError(absl::StatusCode code, const std::string& message, std::string reason,
                        std::map<std::string, std::string> metadata = {});

// kResourceExhausted that asks the caller to come back after `retry_delay`.
absl::Status Overloaded(const std::string& message, std::chrono::milliseconds retry_delay);

// True for codes after which the same idempotent call may succeed: kUnavailable, kAborted and
// kUnknown (outcome in doubt).
bool IsRetryable(const absl::Status& status);

}  // namespace orderflow
