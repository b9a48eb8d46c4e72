#include "libs/inbox/consumer_metrics.h"

#include "libs/telemetry/metrics.h"

namespace orderflow::inbox {

ConsumerMetrics::ConsumerMetrics(telemetry::Metrics& metrics, const std::string& group)
    : records(metrics.AddCounter("orderflow_consumer_records_total",
                                 "Records whose effects are committed; a packed one counts as its "
                                 "messages",
                                 {{"group", group}})),
      passed_offsets(metrics.AddCounter(
          "orderflow_consumer_passed_offsets_total",
          "Records of the log, packed ones counted once, that are done: what the lag counts",
          {{"group", group}})),
      dead_letters(metrics.AddCounter("orderflow_consumer_dead_letters_total",
                                      "Records parked in a dead letter queue", {{"group", group}})),
      fenced(metrics.AddCounter("orderflow_consumer_fenced_batches_total",
                                "Batches given up because another process had moved the progress",
                                {{"group", group}})),
      offset_resets(metrics.AddCounter(
          "orderflow_consumer_offset_resets_total",
          "Partitions read again from the beginning of their log, which did not hold "
          "the stored offset any more",
          {{"group", group}})),
      failures(metrics.AddCounter("orderflow_consumer_failed_batches_total",
                                  "Batches that failed and are tried again", {{"group", group}})),
      batch_size(metrics.AddHistogram("orderflow_consumer_batch_records",
                                      "Records per committed transaction", telemetry::SizeBuckets(),
                                      {{"group", group}})),
      handle_duration(
          metrics.AddHistogram("orderflow_consumer_handle_duration_seconds",
                               "Time from the start of a batch's transaction to its commit",
                               telemetry::DurationBuckets(), {{"group", group}})),
      lag(metrics.AddGauge("orderflow_consumer_lag_records",
                           "Records in the log that are not read yet; a packed one counts once",
                           {{"group", group}})),
      assigned(metrics.AddGauge("orderflow_consumer_assigned_partitions",
                                "Partitions that the group has given to this process",
                                {{"group", group}})) {}

}  // namespace orderflow::inbox
