#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <string_view>

#include "absl/status/status.h"
#include "libs/rpc/call_spans.h"

namespace orderflow::rpc {

class CallAnswers;
class MethodMetrics;

// A call that this process answers, counted and traced from its arrival on; also one that came as
// a part of a stream. What it is given must outlive it. Used by one thread at a time.
class CallRecord {
 public:
  CallRecord(MethodMetrics& metrics, CallAnswers& answers, const CallTracing* tracing,
             std::string_view traceparent);

  ServerSpan& span() { return span_; }

  // Exactly once: counts the call by how it ended, and returns what its caller is told.
  grpc::Status End(const absl::Status& status);

 private:
  MethodMetrics& metrics_;
  CallAnswers& answers_;
  ServerSpan span_;
  const std::chrono::steady_clock::time_point start_;
};

}  // namespace orderflow::rpc
