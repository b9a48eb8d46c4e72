#include "libs/postgres/pool_metrics.h"

#include "libs/telemetry/metrics.h"

namespace orderflow::postgres {

PoolMetrics::PoolMetrics(telemetry::Metrics* metrics, int size_max) {
  if (metrics == nullptr) {
    return;
  }
  metrics
      ->AddGauge("orderflow_database_pool_max_connections",
                 "Most connections to the database (ORDERFLOW_DATABASE_POOL_SIZE).")
      .Set(size_max);
  in_use_ = &metrics->AddGauge("orderflow_database_pool_used_connections",
                               "Connections to the database that somebody works with.");
  wait_ = &metrics->AddHistogram("orderflow_database_pool_wait_seconds",
                                 "How long work waited for a connection to the database.",
                                 telemetry::DurationBuckets());
  timeouts_ =
      &metrics->AddCounter("orderflow_database_pool_timeouts_total",
                           "Work given up because no connection to the database became free.");
  connect_failures_ = &metrics->AddCounter("orderflow_database_connect_failures_total",
                                           "Connections to the database that could not be opened.");
}

void PoolMetrics::OnWaited(std::chrono::steady_clock::duration wait, bool got_one) {
  if (wait_ == nullptr) {
    return;
  }
  wait_->Observe(std::chrono::duration<double>(wait).count());
  if (got_one) {
    in_use_->Add(1);
  } else {
    timeouts_->Increment();
  }
}

void PoolMetrics::OnReleased() {
  if (in_use_ != nullptr) {
    in_use_->Add(-1);
  }
}

void PoolMetrics::OnConnectFailed() {
  if (connect_failures_ != nullptr) {
    connect_failures_->Increment();
  }
}

}  // namespace orderflow::postgres
