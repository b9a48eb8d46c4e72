#pragma once

namespace orderflow::telemetry {

class Counter;
class Metrics;

// Why a span did not reach a collector.
inline constexpr char kDroppedQueueFull[] = "queue_full";
inline constexpr char kDroppedNotExported[] = "not_exported";
inline constexpr char kDroppedRefused[] = "refused";

// orderflow_trace_dropped_spans_total of that reason.
Counter& DroppedSpans(Metrics& metrics, const char* reason);

}  // namespace orderflow::telemetry
