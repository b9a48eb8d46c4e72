#include "tools/orderctl/report.h"

#include <google/protobuf/util/json_util.h>

#include <cstdio>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "nlohmann/json.hpp"

namespace orderflow::orderctl {
namespace {

std::string CodeName(const absl::Status& status) { return absl::StatusCodeToString(status.code()); }

constexpr char kRequestId[] = "request_id";

// How to name the request when it is repeated.
std::string SameRequest(const ErrorDetails& details) {
  const auto id = details.metadata.find(kRequestId);
  return id == details.metadata.end() ? "the same request id" : "--request-id " + id->second;
}

std::string WhatToDo(const absl::Status& status, const ErrorDetails& details) {
  if (details.retry_delay.has_value()) {
    return fmt::format("The service is busy: try again after {} ms with {}.",
                       details.retry_delay->count(), SameRequest(details));
  }
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
      return "Correct the fields named above and send it again with a new request id.";
    case absl::StatusCode::kNotFound:
      return "Check the id; `orderctl order list` and `orderctl item list` show what exists.";
    case absl::StatusCode::kAlreadyExists:
      return "Use a new request id for a new request, or repeat the first one unchanged.";
    case absl::StatusCode::kFailedPrecondition:
      if (details.reason.starts_with("SAGA_") || details.reason.starts_with("STEP_")) {
        return "See what is possible: `orderctl saga explain <order id>`.";
      }
      return "Look at the current state: `orderctl order get <order id>`.";
    case absl::StatusCode::kUnavailable:
      return "Is the service running, and is the address right? `make status` shows what is up. "
             "Trying again with " +
             SameRequest(details) + " is safe.";
    case absl::StatusCode::kDeadlineExceeded:
      return "It may or may not have happened: repeat it with " + SameRequest(details) +
             ", or raise --timeout.";
    case absl::StatusCode::kUnknown:
      return "It may or may not have happened: repeat it with " + SameRequest(details) + ".";
    case absl::StatusCode::kAborted:
      return "Somebody else was at the same rows: repeat it with " + SameRequest(details) + ".";
    case absl::StatusCode::kResourceExhausted:
      return "The service is at a limit: wait and try again with " + SameRequest(details) + ".";
    case absl::StatusCode::kUnimplemented:
      return "Another service answers at this address: check the --*-address flags.";
    default:
      return "Look at the service's log (`make logs`).";
  }
}

}  // namespace

ExitCode ExitCodeFor(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kAborted:
      return kExitUnavailable;
    default:
      return kExitRefused;
  }
}

absl::Status NamingRequest(const absl::Status& status, const std::string& request_id) {
  if (ExitCodeFor(status) != kExitUnavailable) {
    return status;
  }
  ErrorDetails details = DetailsOf(status);
  details.metadata[kRequestId] = request_id;
  return WithDetails(status, details);
}

std::string ToJson(const google::protobuf::Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  std::string text;
  const bool printed = google::protobuf::util::MessageToJsonString(message, &text, options).ok();
  INVARIANT(printed, "our own messages can be printed as JSON");
  return text;
}

std::string ErrorText(const absl::Status& status, const Terminal& terminal) {
  const ErrorDetails details = DetailsOf(status);
  std::string text = fmt::format(
      "{} {}{}: {}\n", terminal.Paint(Colour::kRed, "error:"), CodeName(status),
      details.reason.empty() ? "" : fmt::format(" ({})", details.reason), Message(status));
  for (const FieldViolation& violation : details.field_violations) {
    text += fmt::format("  {}: {}\n", terminal.Paint(Colour::kBold, violation.field),
                        violation.description);
  }
  for (const auto& [name, value] : details.metadata) {
    text += fmt::format("  {} = {}\n", name, value);
  }
  return text + WhatToDo(status, details) + "\n";
}

std::string ErrorJson(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  nlohmann::json error = {{"code", CodeName(status)},
                          {"reason", details.reason},
                          {"message", Message(status)},
                          {"metadata", details.metadata},
                          {"fieldViolations", nlohmann::json::array()},
                          {"whatToDo", WhatToDo(status, details)}};
  for (const FieldViolation& violation : details.field_violations) {
    error["fieldViolations"].push_back(
        {{"field", violation.field}, {"description", violation.description}});
  }
  if (details.retry_delay.has_value()) {
    error["retryDelayMs"] = details.retry_delay->count();
  }
  return nlohmann::json{{"error", error}}.dump(-1, ' ', false,
                                               nlohmann::json::error_handler_t::replace);
}

ExitCode ReportError(const absl::Status& status, bool json) {
  const std::string text =
      json ? ErrorJson(status) + "\n" : ErrorText(status, Terminal::ForStandardError());
  std::fputs(text.c_str(), stderr);
  return ExitCodeFor(status);
}

}  // namespace orderflow::orderctl
