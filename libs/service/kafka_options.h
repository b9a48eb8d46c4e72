#pragma once

#include <string>

#include "libs/messaging/kafka.h"
#include "libs/service/process.h"

namespace orderflow::service {

// Clients of a process's Kafka, under its name. Header only: a process without Kafka does not link
// it.
inline messaging::KafkaOptions KafkaOptionsOf(const CommonConfig& config, const std::string& name) {
  return {.bootstrap_servers = config.kafka_bootstrap_servers,
          .client_id = name,
          .session_timeout_ms = static_cast<int>(config.kafka_session_timeout.count()),
          .security = config.kafka_security};
}

}  // namespace orderflow::service
