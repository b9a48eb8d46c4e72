#pragma once

#include <chrono>

namespace orderflow::telemetry {
class Counter;
class Gauge;
class Histogram;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::postgres {

// What is measured of a pool of connections; a process has one. Threadsafe.
class PoolMetrics {
 public:
  // Null: nothing is measured.
  PoolMetrics(telemetry::Metrics* metrics, int size_max);

  // A caller has waited for a connection, and got one or gave up.
  void OnWaited(std::chrono::steady_clock::duration wait, bool got_one);
  // It has no use for it any more.
  void OnReleased();
  void OnConnectFailed();

 private:
  // All null, or none.
  telemetry::Gauge* in_use_ = nullptr;
  telemetry::Histogram* wait_ = nullptr;
  telemetry::Counter* timeouts_ = nullptr;
  telemetry::Counter* connect_failures_ = nullptr;
};

}  // namespace orderflow::postgres
