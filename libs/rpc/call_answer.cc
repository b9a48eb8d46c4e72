#include "libs/rpc/call_answer.h"

#include "libs/base/status_macros.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/log.h"

namespace orderflow::rpc {
namespace {

constexpr std::chrono::seconds kTellInterval(1);

}  // namespace

grpc::Status CallAnswers::Of(const absl::Status& status, const std::string& method,
                             const std::string& trace_id) {
  if (IsWithheld(status)) {
    const bool is_unavailable = absl::IsUnavailable(status);
    if (!is_unavailable || IsTimeToTell(method)) {
      telemetry::Log(is_unavailable ? telemetry::LogLevel::kWarning : telemetry::LogLevel::kError,
                     "call failed",
                     {{"method", method},
                      {"code", absl::StatusCodeToString(status.code())},
                      {"error", Message(status)},
                      {"trace_id", trace_id}});
    }
  }
  return ToGrpcStatus(status);
}

bool CallAnswers::IsTimeToTell(const std::string& method) {
  const auto now = std::chrono::steady_clock::now();
  MutexLock lock(mutex_);
  const auto [told, is_first] = told_.try_emplace(method, now);
  if (!is_first && now - told->second < kTellInterval) {
    return false;
  }
  told->second = now;
  return true;
}

}  // namespace orderflow::rpc
