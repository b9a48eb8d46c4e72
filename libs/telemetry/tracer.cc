#include "libs/telemetry/tracer.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>

#include "libs/telemetry/metrics.h"
#include "libs/telemetry/trace_metrics.h"

namespace orderflow::telemetry {
namespace {

constexpr int kHexadecimal = 16;
constexpr size_t kRandomDigits = 14;  // the last 56 bits, which W3C level 2 wants to be random

}  // namespace

Counter& DroppedSpans(Metrics& metrics, const char* reason) {
  return metrics.AddCounter("orderflow_trace_dropped_spans_total",
                            "Spans that no collector got: the queue was full, an export was given "
                            "up, or the collector refused them.",
                            {{"reason", reason}});
}

Tracer::Tracer(Metrics& metrics, TracerOptions options)
    : options_(options),
      dropped_(DroppedSpans(metrics, kDroppedQueueFull)),
      queue_(options.queue_max) {}

bool Tracer::Samples(std::string_view random_id) const {
  if (!options_.enabled || random_id.size() < kRandomDigits) {
    return false;
  }
  const std::string_view digits = random_id.substr(random_id.size() - kRandomDigits);
  uint64_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, kHexadecimal);
  return static_cast<double>(value) >= std::ldexp(1 - options_.sample_ratio, 4 * kRandomDigits);
}

std::optional<TraceContext> Tracer::ParentToRecord(const Tracer* tracer,
                                                   std::string_view traceparent) {
  if (tracer == nullptr || !tracer->enabled() || !IsSampled(traceparent)) {
    return std::nullopt;
  }
  return ParseTraceparent(traceparent);
}

void Tracer::Record(Span span) {
  if (!queue_.TryPush(std::move(span))) {
    dropped_.Increment();
  }
}

std::vector<Span> Tracer::Take(size_t batch_max, const std::stop_token& stop) {
  return queue_.PopBatch(batch_max, stop);
}

void Tracer::Close() { queue_.Close(); }

}  // namespace orderflow::telemetry
