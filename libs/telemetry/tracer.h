#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string_view>
#include <vector>

#include "libs/base/batch_queue.h"
#include "libs/telemetry/span.h"

namespace orderflow::telemetry {

class Counter;
class Metrics;

struct TracerOptions {
  bool enabled = false;
  double sample_ratio = 0;  // of the traces that begin here, 0 to 1
  // Spans that wait to be exported; what comes beyond is dropped and counted.
  size_t queue_max = 8192;
};

// Decides which traces are recorded and takes their spans in, for an exporter (libs/tracing) to
// fetch. Never blocks who records. Whoever may do without holds a pointer: null is "off".
//
// A process that records nothing, or not this trace, passes the context of its parent on as it
// came: so the spans before and behind it still meet. Metric: orderflow_trace_dropped_spans_total.
// Threadsafe.
class Tracer {
 public:
  Tracer(Metrics& metrics, TracerOptions options);

  bool enabled() const { return options_.enabled; }

  // Whether a trace that begins here is recorded, by 14 or more hexadecimal digits that we have
  // drawn, not somebody who may want to be recorded: the id of the trace, or of its first span
  // here. Of a trace id as OpenTelemetry's consistent probability sampling does it: whoever asks
  // decides the same.
  bool Samples(std::string_view random_id) const;

  // The span for what `traceparent` has caused: the parent to name. Nothing when none is to be
  // recorded: off, not sampled or malformed; this then costs next to nothing. `tracer` may be null.
  static std::optional<TraceContext> ParentToRecord(const Tracer* tracer,
                                                    std::string_view traceparent);

  // When the queue is full the span is dropped.
  void Record(Span span);

  // For the exporter: waits for spans and takes up to `batch_max` of them. Empty: stop is
  // requested, or the tracer is closed and drained.
  std::vector<Span> Take(size_t batch_max, const std::stop_token& stop);
  size_t waiting() const { return queue_.size(); }
  // From now on spans are dropped.
  void Close();

 private:
  const TracerOptions options_;
  Counter& dropped_;
  BatchQueue<Span> queue_;
};

}  // namespace orderflow::telemetry
