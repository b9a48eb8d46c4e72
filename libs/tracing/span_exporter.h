#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

#include "libs/base/backoff.h"
#include "libs/base/clock.h"
#include "libs/tracing/otlp_json.h"
#include "libs/tracing/otlp_poster.h"

namespace orderflow::telemetry {
class Metrics;
class Tracer;
}  // namespace orderflow::telemetry

namespace orderflow::tracing {

struct ExporterOptions {
  CollectorAddress collector;
  Resource resource;
  size_t batch_max = 512;                         // spans per request
  Duration gather_time{std::chrono::seconds(1)};  // how long spans wait for company
  int attempts_max = 5;                           // per request
  BackoffPolicy backoff{.initial = std::chrono::milliseconds(500), .max = std::chrono::seconds(8)};
  // A collector that asks for more is not waited for so long: the queue would only overflow.
  Duration retry_after_max{std::chrono::seconds(15)};
};

// Sends a tracer's spans to a collector, from a thread of its own. This is the one layer that tries
// exports again: when there is no connection, no answer in time, or one that says "later" (429,
// 502, 503, 504). Spans of a request that is given up are dropped and counted; a time-out may
// make a collector see spans twice, under the same ids.
//
// Metrics: orderflow_trace_exported_spans_total, orderflow_trace_dropped_spans_total,
// orderflow_trace_export_failures_total.
class SpanExporter {
 public:
  // Both must outlive it.
  SpanExporter(telemetry::Tracer& tracer, telemetry::Metrics& metrics, ExporterOptions options);
  ~SpanExporter();

  void Start();
  // Takes no more spans in, sends what waits, and returns after `budget` and a second at the
  // latest; what is left then is dropped and counted.
  void Stop(Duration budget);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::tracing
