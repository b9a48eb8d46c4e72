#include "libs/service/common_config.h"

#include <unistd.h>

#include <array>

#include "fmt/format.h"

namespace orderflow::service {
namespace {

using std::chrono::milliseconds;

constexpr int kPoolSizeDefault = 8;
constexpr int kPoolSizeMax = 128;
constexpr milliseconds kSessionTimeoutDefault{12'000};
// What a broker allows unless it is told otherwise, and a minute.
constexpr milliseconds kSessionTimeoutMin{6'000};
constexpr milliseconds kSessionTimeoutMax{60'000};
constexpr milliseconds kGraceDefault{20'000};
constexpr milliseconds kGraceMax{600'000};

std::string HostAndPid() {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) {
    host[0] = '?';
  }
  return fmt::format("{}:{}", host.data(), getpid());
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
  config.shutdown_grace =
      settings.Milliseconds("ORDERFLOW_SHUTDOWN_GRACE_MS",
                            "Time that running calls have to finish when the process stops.",
                            kGraceDefault, milliseconds(0), kGraceMax);
  return config;
}

}  // namespace orderflow::service
