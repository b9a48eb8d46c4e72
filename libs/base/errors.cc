#include "libs/base/errors.h"

#include <charconv>

#include "fmt/format.h"
#include "libs/base/status_macros.h"

namespace orderflow {
namespace {

constexpr char kPayloadUrl[] = "orderflow.internal/error-details";

// The payload is a flat list of length-prefixed strings: "<bytes>:<text>" for each.
void AppendText(std::string& out, std::string_view text) {
  out += fmt::format("{}:{}", text.size(), text);
}

class TextReader {
 public:
  explicit TextReader(std::string_view rest) : rest_(rest) {}

  std::string Next() {
    size_t size = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    const size_t start = static_cast<size_t>(end - rest_.data()) + 1;
    if (error != std::errc{} || start + size > rest_.size()) {
      rest_ = {};
      return {};
    }
    std::string text(rest_.substr(start, size));
    rest_.remove_prefix(start + size);
    return text;
  }

  size_t NextCount() {
    const std::string text = Next();
    size_t count = 0;
    std::from_chars(text.data(), text.data() + text.size(), count);
    return count;
  }

 private:
  std::string_view rest_;
};

}  // namespace

bool FieldViolations::Check(bool condition, std::string_view field, std::string_view description) {
  if (!condition) {
    Add(field, description);
  }
  return condition;
}

void FieldViolations::Add(std::string_view field, std::string_view description) {
  violations_.push_back({std::string(field), std::string(description)});
}

absl::Status FieldViolations::ToStatus() const {
  return empty() ? absl::OkStatus() : InvalidArgument(violations_);
}

absl::Status WithDetails(absl::Status status, const ErrorDetails& details) {
  if (status.ok()) {
    return status;
  }
  std::string payload;
  AppendText(payload, details.reason);
  AppendText(payload, std::to_string(details.metadata.size()));
  for (const auto& [key, value] : details.metadata) {
    AppendText(payload, key);
    AppendText(payload, value);
  }
  AppendText(payload, std::to_string(details.field_violations.size()));
  for (const FieldViolation& violation : details.field_violations) {
    AppendText(payload, violation.field);
    AppendText(payload, violation.description);
  }
  AppendText(payload, details.retry_delay ? std::to_string(details.retry_delay->count()) : "");
  status.SetPayload(kPayloadUrl, absl::Cord(payload));
  return status;
}

ErrorDetails DetailsOf(const absl::Status& status) {
  ErrorDetails details;
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload) {
    return details;
  }
  const std::string text(*payload);
  TextReader reader(text);
  details.reason = reader.Next();
  for (size_t left = reader.NextCount(); left > 0; --left) {
    std::string key = reader.Next();
    details.metadata[std::move(key)] = reader.Next();
  }
  for (size_t left = reader.NextCount(); left > 0; --left) {
    std::string field = reader.Next();
    details.field_violations.push_back({std::move(field), reader.Next()});
  }
  if (const std::string delay = reader.Next(); !delay.empty()) {
    details.retry_delay = std::chrono::milliseconds(std::strtoll(delay.c_str(), nullptr, 10));
  }
  return details;
}

absl::Status InvalidArgument(const std::vector<FieldViolation>& violations) {
  std::string message = "invalid request:";
  for (const FieldViolation& violation : violations) {
    message += fmt::format(" {}: {};", violation.field, violation.description);
  }
  message.pop_back();
  return WithDetails(absl::InvalidArgumentError(message), {.reason = "INVALID_REQUEST",
                                                           .metadata = {},
                                                           .field_violations = violations,
                                                           .retry_delay = {}});
}

absl::Status TypedError(absl::StatusCode code, const std::string& message, std::string reason,
                        std::map<std::string, std::string> metadata) {
  return WithDetails(absl::Status(code, message), {.reason = std::move(reason),
                                                   .metadata = std::move(metadata),
                                                   .field_violations = {},
                                                   .retry_delay = {}});
}

absl::Status Overloaded(const std::string& message, std::chrono::milliseconds retry_delay) {
  return WithDetails(
      absl::ResourceExhaustedError(message),
      {.reason = "OVERLOADED", .metadata = {}, .field_violations = {}, .retry_delay = retry_delay});
}

bool IsRetryable(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsAborted(status) || absl::IsUnknown(status);
}

}  // namespace orderflow
