#pragma once

#include <string>

namespace orderflow::telemetry {
class Counter;
class Gauge;
class Histogram;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::inbox {

// The metrics of one consumer group. Threadsafe.
struct ConsumerMetrics {
  ConsumerMetrics(telemetry::Metrics& metrics, const std::string& group);

  telemetry::Counter& records;
  telemetry::Counter& passed_offsets;
  telemetry::Counter& dead_letters;
  telemetry::Counter& fenced;
  telemetry::Counter& offset_resets;
  telemetry::Counter& failures;
  telemetry::Histogram& batch_size;
  telemetry::Histogram& handle_duration;
  telemetry::Gauge& lag;
  telemetry::Gauge& assigned;
};

}  // namespace orderflow::inbox
