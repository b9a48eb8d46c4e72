#pragma once

#include <cstddef>
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

// A new trace, which is not sampled: that is for a Tracer to decide.
TraceContext NewTrace();

// The same trace with a new span id, for the next hop.
TraceContext ChildOf(const TraceContext& parent);

// The same trace with the same span id each time, for what may be done again and is one span then.
// `seed` tells the children of one parent apart.
TraceContext ChildOf(const TraceContext& parent, std::string_view seed);

// The sampled flag of a well-formed header. Looks at nothing else: most traces are not sampled, and
// must not cost anything.
bool IsSampled(std::string_view traceparent);

inline constexpr size_t kTraceparentSize = 55;  // a later version may append to it

// Whether it is well formed. Allocates nothing.
bool IsTraceparent(std::string_view traceparent);

// Nothing when the header is malformed (the caller then starts a new trace).
std::optional<TraceContext> ParseTraceparent(std::string_view traceparent);

// The next hop of the trace that `traceparent` names, or a new trace when it is absent or
// malformed.
TraceContext ContinueTrace(std::string_view traceparent);

// The span of `span` in the trace of `trace`, sampled as that one is: for work that turns out to
// belong there. `trace` itself when either is malformed.
std::string InTraceOf(const std::string& trace, std::string_view span);

// Whether both are well-formed and of one trace.
bool IsSameTrace(std::string_view one, std::string_view other);

}  // namespace orderflow::telemetry
