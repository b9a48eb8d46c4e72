#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/messaging/kafka.h"

namespace orderflow::messaging {

// librdkafka's settings. Its defaults lose data, reorder or hide errors in several places, so what
// matters is set here, and a test reads it back.
struct KafkaProperties {
  std::vector<std::pair<std::string, std::string>> required;
  // Not known to every version that we build with.
  std::vector<std::pair<std::string, std::string>> optional;
};

KafkaProperties ProducerProperties(const KafkaOptions& options);
KafkaProperties ConsumerProperties(const KafkaOptions& options, const std::string& group);
KafkaProperties AdminProperties(const KafkaOptions& options);

}  // namespace orderflow::messaging
