#include "tools/client/identity_options.h"

#include <cstdlib>
#include <string>

#include "CLI/CLI.hpp"

namespace orderflow::client {
namespace {

constexpr char kGroup[] = "Encryption and identity";
constexpr char kKafkaGroup[] = "Encryption and identity at Kafka";

}  // namespace

void AddIdentityOptions(CLI::App& app, rpc::ClientIdentity& identity) {
  rpc::TlsFiles& files = identity.tls;
  CLI::Option* authorities =
      app.add_option("--tls-authorities", files.authorities,
                     "PEM file with who must have signed the services' certificates; without it "
                     "calls go in plaintext")
          ->envname("ORDERFLOW_TLS_AUTHORITIES_FILE");
  CLI::Option* certificate =
      app.add_option("--tls-certificate", files.certificate_chain,
                     "PEM file with the certificate that says who is calling")
          ->envname("ORDERFLOW_TLS_CERTIFICATE_FILE");
  CLI::Option* key = app.add_option("--tls-key", files.private_key,
                                    "PEM file with the private key of that certificate")
                         ->envname("ORDERFLOW_TLS_PRIVATE_KEY_FILE");
  certificate->needs(authorities)->needs(key);
  key->needs(certificate);
  CLI::Option* token = app.add_option("--token-file", identity.token_file,
                                      "File with the bearer token that says who is calling")
                           ->envname("ORDERFLOW_TOKEN_FILE")
                           ->needs(authorities);
  for (CLI::Option* option : {authorities, certificate, key, token}) {
    option->group(kGroup);
  }
}

void AddKafkaSecurityOptions(CLI::App& app, messaging::KafkaSecurity& security) {
  const auto add = [&app](const char* option, const char* variable, std::string& value,
                          const char* help) {
    return app.add_option(option, value, help)->envname(variable)->group(kKafkaGroup);
  };
  add("--kafka-protocol", "ORDERFLOW_KAFKA_SECURITY_PROTOCOL", security.protocol,
      "plaintext, ssl or sasl_ssl")
      ->check(CLI::IsMember({"plaintext", "ssl", "sasl_ssl"}))
      ->capture_default_str();
  add("--kafka-authorities", "ORDERFLOW_KAFKA_TLS_AUTHORITIES_FILE", security.authorities_file,
      "PEM file with who must have signed the brokers' certificates");
  add("--kafka-certificate", "ORDERFLOW_KAFKA_TLS_CERTIFICATE_FILE", security.certificate_file,
      "PEM file with the certificate that says who is reading");
  add("--kafka-key", "ORDERFLOW_KAFKA_TLS_PRIVATE_KEY_FILE", security.private_key_file,
      "PEM file with its private key");
  add("--kafka-mechanism", "ORDERFLOW_KAFKA_SASL_MECHANISM", security.sasl_mechanism,
      "With sasl_ssl: SCRAM-SHA-512, SCRAM-SHA-256 or PLAIN");
  add("--kafka-user", "ORDERFLOW_KAFKA_SASL_USERNAME", security.sasl_username,
      "With sasl_ssl: the user, whose password is ORDERFLOW_KAFKA_SASL_PASSWORD");
  const char* password = std::getenv("ORDERFLOW_KAFKA_SASL_PASSWORD");
  security.sasl_password = password == nullptr ? "" : password;
}

}  // namespace orderflow::client
