#include "libs/messaging/kafka_errors.h"

#include <librdkafka/rdkafka.h>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/messaging/consumer.h"

namespace orderflow::messaging {

absl::Status SendError(int error, const std::string& tried) {
  const auto code = static_cast<rd_kafka_resp_err_t>(error);
  const std::string message = fmt::format("{}: {}", tried, rd_kafka_err2str(code));
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
      return absl::InvalidArgumentError(message);
    default:
      return absl::UnavailableError(message);
  }
}

absl::Status ReadError(const std::string& tried, const std::string& reason) {
  return absl::UnavailableError(fmt::format("{}: {}", tried, reason));
}

absl::Status OffsetOutOfRange(const TopicPartition& partition, const std::string& reason) {
  return TypedError(
      absl::StatusCode::kOutOfRange,
      fmt::format("the next offset of {}[{}] is not in the log: {}; seek to another one",
                  partition.topic, partition.partition, reason),
      "OFFSET_OUT_OF_RANGE",
      {{kMetadataTopic, partition.topic},
       {kMetadataPartition, std::to_string(partition.partition)}});
}

}  // namespace orderflow::messaging
