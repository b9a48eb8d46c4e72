#include "libs/rpc/call_record.h"

#include "libs/rpc/call_answer.h"
#include "libs/rpc/call_metrics.h"

namespace orderflow::rpc {

CallRecord::CallRecord(MethodMetrics& metrics, CallAnswers& answers, const CallTracing* tracing,
                       std::string_view traceparent)
    : metrics_(metrics),
      answers_(answers),
      span_(tracing, traceparent),
      start_(std::chrono::steady_clock::now()) {}

grpc::Status CallRecord::End(const absl::Status& status) {
  metrics_.Record(status.code(), std::chrono::steady_clock::now() - start_);
  span_.End(metrics_.method(), status.code());
  return answers_.Of(status, metrics_.method(), span_.context().trace_id);
}

}  // namespace orderflow::rpc
