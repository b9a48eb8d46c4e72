#pragma once

#include "libs/base/mutex.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::service {

class Readiness;

// What is known of a process from outside its work: its version, whether it is ready, and the
// process_* metrics that dashboards of any process know. Threadsafe.
class ProcessMetrics {
 public:
  ProcessMetrics(telemetry::Metrics& metrics, const Readiness& readiness);

  // Reads the values anew, from the kernel; before each scrape.
  void Update();

 private:
  const Readiness& readiness_;
  telemetry::Gauge& unready_;
  telemetry::Gauge& resident_bytes_;
  telemetry::Gauge& open_fds_;
  telemetry::Gauge& max_fds_;
  telemetry::Counter& cpu_;
  Mutex mutex_;
  double cpu_seconds_ ABSL_GUARDED_BY(mutex_) = 0;  // as far as counted
};

}  // namespace orderflow::service
