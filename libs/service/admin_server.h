#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/service/http_server.h"
#include "libs/service/process_metrics.h"

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::service {

class Readiness;

// The HTTP port of operators and probes, served by threads of its own, so that it answers while
// everything else is busy:
//   GET /metrics  Prometheus text format
//   GET /livez    200 as long as the process can answer at all; depends on nothing
//   GET /readyz   200, or 503 with one line per reason
// No authentication: bind it to loopback or the pod network only.
class AdminServer {
 public:
  AdminServer(telemetry::Metrics& metrics, const Readiness& readiness);

  // `address` is host:port; port 0 picks a free one. kUnavailable when the address is in use.
  absl::Status Start(const std::string& address) { return http_.Start(address); }
  int port() const { return http_.port(); }

  // Waits for answers that are under way. Idempotent.
  void Stop() { http_.Stop(); }

 private:
  ProcessMetrics process_metrics_;
  HttpServer http_;
};

}  // namespace orderflow::service
