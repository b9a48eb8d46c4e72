#pragma once

#include <string>

#include "libs/messaging/kafka.h"
#include "libs/outbox/record_groups.h"
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

// What its outbox may send together.
inline outbox::RecordLimits RecordLimitsOf(const CommonConfig& config) {
  outbox::RecordLimits limits;
  limits.messages_max = config.kafka_messages_per_record_max;
  return limits;
}

}  // namespace orderflow::service
