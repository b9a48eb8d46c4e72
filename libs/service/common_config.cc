#include "libs/service/common_config.h"

#include <unistd.h>

#include <array>

#include "fmt/format.h"
#include "libs/messaging/packed_messages.h"

namespace orderflow::service {
namespace {

using std::chrono::milliseconds;

constexpr int kPoolSizeDefault = 8;
constexpr int kPoolSizeMax = 128;
constexpr milliseconds kSessionTimeoutDefault{12'000};
// What a broker allows unless it is told otherwise, and a minute.
constexpr milliseconds kSessionTimeoutMin{6'000};
constexpr milliseconds kSessionTimeoutMax{60'000};
constexpr int kMessagesPerRecordDefault = 1;
constexpr milliseconds kGraceDefault{20'000};
constexpr milliseconds kGraceMax{600'000};

std::string HostAndPid() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) {
    host[0] = '?';
  }
  return fmt::format("{}:{}", host.data(), getpid());
}

// All of them or none, so that a forgotten one does not turn encryption off.
rpc::TlsFiles DeclareTls(config::Settings& settings) {
  rpc::TlsFiles files;
  files.certificate_chain = settings.String(
      "ORDERFLOW_TLS_CERTIFICATE_FILE",
      "PEM file with the certificate shown to peers, and its chain. Empty: gRPC in plaintext.", "");
  files.private_key =
      settings.String("ORDERFLOW_TLS_PRIVATE_KEY_FILE", "PEM file with its private key.", "");
  files.authorities = settings.String(
      "ORDERFLOW_TLS_AUTHORITIES_FILE",
      "PEM file with the authorities that peers' certificates must be signed by.", "");
  const bool any =
      !files.certificate_chain.empty() || !files.private_key.empty() || !files.authorities.empty();
  const bool all =
      !files.certificate_chain.empty() && !files.private_key.empty() && !files.authorities.empty();
  settings.Require(all || !any,
                   "ORDERFLOW_TLS_CERTIFICATE_FILE, ORDERFLOW_TLS_PRIVATE_KEY_FILE and "
                   "ORDERFLOW_TLS_AUTHORITIES_FILE go together: set all three, or none for "
                   "plaintext");
  return files;
}

bool UsesSasl(const messaging::KafkaSecurity& security) { return security.protocol == "sasl_ssl"; }

messaging::KafkaSecurity DeclareKafkaSecurity(config::Settings& settings) {
  messaging::KafkaSecurity security;
  security.protocol =
      settings.OneOf("ORDERFLOW_KAFKA_SECURITY_PROTOCOL",
                     "How connections to Kafka are protected: not, by TLS, or by TLS and a login.",
                     "plaintext", {"plaintext", "ssl", "sasl_ssl"});
  security.authorities_file = settings.String(
      "ORDERFLOW_KAFKA_TLS_AUTHORITIES_FILE",
      "PEM file with the authorities that brokers' certificates must be signed by. Empty: those of "
      "the system.",
      "");
  security.certificate_file =
      settings.String("ORDERFLOW_KAFKA_TLS_CERTIFICATE_FILE",
                      "With ssl: PEM file with the certificate shown to brokers.", "");
  security.private_key_file = settings.String("ORDERFLOW_KAFKA_TLS_PRIVATE_KEY_FILE",
                                              "With ssl: PEM file with its private key.", "");
  security.sasl_mechanism = settings.OneOf(
      "ORDERFLOW_KAFKA_SASL_MECHANISM",
      "With sasl_ssl: how the login is proved. SCRAM with brokers since Kafka 4.0 needs "
      "librdkafka 2.6.1.",
      "SCRAM-SHA-512", {"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"});
  security.sasl_username =
      settings.String("ORDERFLOW_KAFKA_SASL_USERNAME", "With sasl_ssl: the user.", "");
  security.sasl_password =
      settings.Secret("ORDERFLOW_KAFKA_SASL_PASSWORD", "With sasl_ssl: the password.", "");
  settings.Require(security.certificate_file.empty() == security.private_key_file.empty(),
                   "ORDERFLOW_KAFKA_TLS_CERTIFICATE_FILE and ORDERFLOW_KAFKA_TLS_PRIVATE_KEY_FILE "
                   "go together: set both or none");
  const bool has_login = !security.sasl_username.empty() && !security.sasl_password.empty();
  settings.Require(!UsesSasl(security) || has_login,
                   "ORDERFLOW_KAFKA_SECURITY_PROTOCOL sasl_ssl needs ORDERFLOW_KAFKA_SASL_USERNAME "
                   "and ORDERFLOW_KAFKA_SASL_PASSWORD");
  const bool encrypted = security.protocol != "plaintext";
  settings.Require(encrypted || (security.authorities_file.empty() && !has_login),
                   "ORDERFLOW_KAFKA_TLS_* and ORDERFLOW_KAFKA_SASL_* protect nothing with "
                   "ORDERFLOW_KAFKA_SECURITY_PROTOCOL plaintext: set it to ssl or sasl_ssl");
  if (!UsesSasl(security)) {
    security.sasl_mechanism.clear();
  }
  return security;
}

}  // namespace

CommonConfig DeclareCommon(config::Settings& settings, const ProcessDescription& description) {
  CommonConfig config;
  config.grpc_listen =
      settings.Address("ORDERFLOW_GRPC_LISTEN", "Where gRPC is served; port 0 picks a free one.",
                       description.grpc_listen_default);
  config.admin_listen =
      settings.Address("ORDERFLOW_ADMIN_LISTEN",
                       "Where /metrics, /livez and /readyz are served; not for the public.",
                       description.admin_listen_default);
  config.tls = DeclareTls(settings);
  config.authentication = DeclareAuthentication(
      settings, description.client_certificates == rpc::ClientCertificates::kOptional);
  config.database_url =
      settings.Secret("ORDERFLOW_DATABASE_URL",
                      "postgresql:// URL with the role that the process runs as.", std::nullopt);
  config.database_owner_url = settings.Secret(
      "ORDERFLOW_DATABASE_OWNER_URL",
      "postgresql:// URL with the role that owns the database; read by --migrate only.", "");
  config.database_pool_size = static_cast<int>(settings.Int("ORDERFLOW_DATABASE_POOL_SIZE",
                                                            "Most connections to the database.",
                                                            kPoolSizeDefault, 1, kPoolSizeMax));
  if (description.uses_kafka) {
    config.kafka_bootstrap_servers =
        settings.String("ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS",
                        "Kafka brokers to start from, comma separated.", "127.0.0.1:19092");
    config.kafka_session_timeout = settings.Milliseconds(
        "ORDERFLOW_KAFKA_SESSION_TIMEOUT_MS",
        "A consumer that was not heard of for so long counts as dead, and others take over.",
        kSessionTimeoutDefault, kSessionTimeoutMin, kSessionTimeoutMax);
    config.kafka_messages_per_record_max = static_cast<size_t>(settings.Int(
        "ORDERFLOW_KAFKA_MESSAGES_PER_RECORD_MAX",
        "Most commands or replies that are sent in one Kafka record; 1: each in a record of its "
        "own. More only where all processes can read such records (docs/upgrading.md).",
        kMessagesPerRecordDefault, 1, messaging::kPackedMessagesMax));
    config.kafka_security = DeclareKafkaSecurity(settings);
  }
  config.instance_id = settings.String("ORDERFLOW_INSTANCE_ID",
                                       "Name of this instance in logs; empty: host:pid.", "");
  if (config.instance_id.empty()) {
    config.instance_id = HostAndPid();
  }
  config.log_level = settings.OneOf("ORDERFLOW_LOG_LEVEL", "Least severe lines that are logged.",
                                    "info", {"debug", "info", "warning", "error"});
  config.log_file =
      settings.String("ORDERFLOW_LOG_FILE", "File to log to; empty: standard error.", "");
  config.traces = DeclareTraces(
      settings, description.client_certificates == rpc::ClientCertificates::kOptional);
  config.shutdown_grace =
      settings.Milliseconds("ORDERFLOW_SHUTDOWN_GRACE_MS",
                            "Time that running calls have to finish when the process stops.",
                            kGraceDefault, milliseconds(0), kGraceMax);
  return config;
}

}  // namespace orderflow::service
