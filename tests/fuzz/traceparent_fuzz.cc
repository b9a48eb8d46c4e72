// A traceparent header: what is understood is written the same, and a new trace replaces the rest.
#include <string_view>

#include "libs/telemetry/trace_context.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view header(reinterpret_cast<const char*>(data), size);
  const auto trace = telemetry::ParseTraceparent(header);
  const telemetry::TraceContext next = telemetry::ContinueTrace(header);
  fuzz::Require(telemetry::ParseTraceparent(next.ToTraceparent()).has_value());
  if (trace) {
    fuzz::Require(next.trace_id == trace->trace_id);
    fuzz::Require(telemetry::ParseTraceparent(trace->ToTraceparent())->span_id == trace->span_id);
  }
  return 0;
}

}  // namespace orderflow
