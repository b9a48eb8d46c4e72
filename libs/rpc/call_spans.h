#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::telemetry {
class Tracer;
}

namespace orderflow::rpc {

// How the calls of a process become spans.
struct CallTracing {
  telemetry::Tracer* tracer = nullptr;  // null: they do not
  // Whether a caller may say that its trace is recorded. Otherwise only the tracer's ratio decides,
  // so that nobody outside can make us record, and pay for, every one of its calls.
  bool trusts_callers = false;
  std::map<std::string, std::string, std::less<>> services{};  // full name by name of the method
};

// The full name of the service of each method of these services, which are linked in.
std::map<std::string, std::string, std::less<>> ServicesByMethod(
    const std::vector<std::string>& services);

// The span of a call that this process answers: in the caller's trace, or the first of a new one.
// Used by one thread at a time.
class ServerSpan {
 public:
  // `tracing` may be null and must outlive it; `traceparent` is what the caller sent, if anything.
  ServerSpan(const CallTracing* tracing, std::string_view traceparent);

  // For what the call causes: goes into messages and further calls.
  const telemetry::TraceContext& context() const { return context_; }

  // The call turned out to belong to the trace of an order: it becomes a child of that span, under
  // the same id, and a link names the caller's. Nothing changes when `traceparent` is malformed.
  void MoveTo(std::string_view traceparent);

  void SetOrderId(const std::string& order_id);

  // Records it, when it is to be.
  void End(const std::string& method, absl::StatusCode code);

 private:
  const CallTracing* tracing_;
  telemetry::TraceContext context_;
  std::string parent_span_id_;
  std::optional<telemetry::TraceContext> link_;
  std::string order_id_;
  Timestamp start_;
};

// The span of a call that this process makes.
class ClientSpan {
 public:
  // `tracer` may be null and must outlive it; `traceparent` is of what causes the call; `order_id`
  // may be empty.
  ClientSpan(telemetry::Tracer* tracer, std::string_view traceparent, const std::string& order_id);

  // To be sent along (Prepare).
  const telemetry::TraceContext& context() const { return context_; }

  // Records it, when it is to be. `service` is the full name.
  void End(const std::string& service, const std::string& method, absl::StatusCode code) const;

 private:
  telemetry::Tracer* tracer_;  // null: not recorded
  telemetry::TraceContext context_;
  std::string parent_span_id_;
  std::string order_id_;
  Timestamp start_;
};

}  // namespace orderflow::rpc
