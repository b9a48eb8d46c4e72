#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace orderflow::telemetry {

// W3C Trace Context, level 1: what one request is called on its way through every process.
struct TraceContext {
  std::string trace_id;  // 32 lower-case hexadecimal digits, not all zero
  std::string span_id;   // 16 lower-case hexadecimal digits, not all zero
  bool sampled = true;

  // "00-<trace_id>-<span_id>-<flags>".
  std::string ToTraceparent() const;
};

// A new trace.
TraceContext NewTrace();

// The same trace with a new span id, for the next hop.
TraceContext ChildOf(const TraceContext& parent);

// Nothing when the header is malformed (the caller then starts a new trace).
std::optional<TraceContext> ParseTraceparent(std::string_view traceparent);

// The next hop of the trace that `traceparent` names, or a new trace when it is absent or
// malformed.
TraceContext ContinueTrace(std::string_view traceparent);

}  // namespace orderflow::telemetry
