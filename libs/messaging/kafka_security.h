#pragma once

#include <string>

namespace orderflow::messaging {

// How clients of Kafka protect their connections and prove who they are. Files are PEM. Names are
// those of librdkafka's settings (https://github.com/confluentinc/librdkafka, CONFIGURATION.md).
struct KafkaSecurity {
  std::string protocol = "plaintext";  // or ssl, sasl_ssl
  // With ssl and sasl_ssl: who must have signed the brokers' certificates; empty: the authorities
  // of the system. A broker's certificate must name its host.
  std::string authorities_file{};
  // With ssl: who we are, when the brokers ask.
  std::string certificate_file{};
  std::string private_key_file{};
  // With sasl_ssl.
  std::string sasl_mechanism{};  // SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN
  std::string sasl_username{};
  std::string sasl_password{};
};

}  // namespace orderflow::messaging
