#include "libs/messaging/kafka_partitions.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <chrono>

#include "fmt/format.h"
#include "libs/messaging/kafka_errors.h"

namespace orderflow::messaging {
namespace {

// What is left until `deadline`, at least 1 ms: librdkafka takes 0 as "do not even ask".
int MsUntil(std::chrono::steady_clock::time_point deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::max<int64_t>(1, left.count()));
}

}  // namespace

absl::StatusOr<int> CountPartitions(rd_kafka_s* client, const std::string& topic,
                                    std::chrono::steady_clock::time_point deadline) {
  rd_kafka_topic_t* handle = rd_kafka_topic_new(client, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error =
      rd_kafka_metadata(client, 0, handle, &metadata, MsUntil(deadline));
  rd_kafka_topic_destroy(handle);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ReadError(fmt::format("cannot ask for the partitions of {}", topic),
                     rd_kafka_err2str(error));
  }
  const int count = metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
  rd_kafka_metadata_destroy(metadata);
  if (count == 0) {
    return ReadError(fmt::format("cannot read {}", topic), "the topic does not exist yet");
  }
  return count;
}

absl::StatusOr<LogRange> RangeOf(rd_kafka_s* client, const TopicPartition& partition,
                                 std::chrono::steady_clock::time_point deadline) {
  LogRange range;
  const rd_kafka_resp_err_t error =
      rd_kafka_query_watermark_offsets(client, partition.topic.c_str(), partition.partition,
                                       &range.begin, &range.end, MsUntil(deadline));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return ReadError(
        fmt::format("cannot ask for the end of {}[{}]", partition.topic, partition.partition),
        rd_kafka_err2str(error));
  }
  return range;
}

}  // namespace orderflow::messaging
