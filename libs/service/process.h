#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/config/settings.h"
#include "libs/messaging/kafka_security.h"
#include "libs/postgres/migrations.h"
#include "libs/postgres/pool.h"
#include "libs/rpc/access.h"
#include "libs/rpc/transport_security.h"
#include "libs/service/authentication_config.h"
#include "libs/service/trace_config.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
class Service;
struct CallTracing;
}  // namespace orderflow::rpc
namespace orderflow::telemetry {
class Tracer;
}

namespace orderflow::service {

// Settings that every process has.
struct CommonConfig {
  std::string grpc_listen;
  std::string admin_listen;
  rpc::TlsFiles tls;  // all empty: plaintext
  AuthenticationConfig authentication;
  std::string database_url;
  std::string database_owner_url;
  int database_pool_size;
  std::string kafka_bootstrap_servers;  // empty for processes that do not use Kafka
  std::chrono::milliseconds kafka_session_timeout{0};
  size_t kafka_messages_per_record_max = 1;
  messaging::KafkaSecurity kafka_security;
  std::string instance_id;
  std::string log_level;
  std::string log_file;
  TraceConfig traces;
  std::chrono::milliseconds shutdown_grace;
};

// What main.cc says about its process; the rest (flags, settings, log, signals, admin port,
// readiness, ordered stop) is the same everywhere and lives here.
struct ProcessDescription {
  std::string name;     // "inventory-service"
  std::string summary;  // one line for --help
  std::string grpc_listen_default;
  std::string admin_listen_default;
  // Full names of the proto services that it serves: no other one is.
  std::vector<std::string> apis;
  bool uses_kafka = true;
  // kOptional for who serves clients that are no part of the deployment.
  rpc::ClientCertificates client_certificates = rpc::ClientCertificates::kRequired;
  std::vector<const postgres::MigrationSet*> migrations;
};

// What a running process is made of, in start order; stopped in reverse.
struct Part {
  std::string name;
  std::function<absl::Status()> start;
  std::function<void()> stop;  // graceful and bounded by itself
};

// Handed to the service's own wiring.
struct ProcessContext {
  const CommonConfig& config;
  const Clock& clock;
  telemetry::Metrics& metrics;
  postgres::Pool& pool;
  const rpc::TransportSecurity& transport;  // for channels to other processes
  const rpc::Access& access;                // for executors of calls
  const rpc::CallTracing& call_tracing;     // the same
  telemetry::Tracer& tracer;
};

// A wired service: its gRPC services (served once all parts have started) and its parts.
struct Wiring {
  std::vector<rpc::Service*> services;
  std::vector<Part> parts;
  // Called after "not ready" and before the gRPC server drains: ends long-lived streams, so that
  // draining does not wait for them. May be empty.
  std::function<void()> before_drain{};
  std::shared_ptr<void> owner;  // keeps every object alive until the parts are stopped
};

// An extra flag such as --create-topics: runs instead of serving and ends the process.
struct Command {
  std::string flag;
  std::string description;
  std::function<absl::Status(const CommonConfig&)> run;
  // False for a command that only prints what the binary knows: it runs whatever the settings are.
  bool needs_settings = true;
};

// The main function of every service: parses flags (--help, --settings-markdown,
// --metrics-markdown, --version, --migrate, --check-ready and `commands`), reads settings
// (`declare` declares the service's own), and otherwise serves until SIGTERM or SIGINT:
//   admin port up -> wait for database and schema (not ready, reason shown at /readyz, no crash
//   loop)
//   -> wire -> start parts -> gRPC up -> ready;
// stop: not ready -> gRPC drains -> parts stop in reverse -> log flushed. A second signal ends at
// once. Returns the exit code: 0; 1 failed to start; 2 wrong settings or flags (all named on
// standard error).
int RunProcess(int argc, char** argv, const ProcessDescription& description,
               const std::function<void(config::Settings&)>& declare,
               const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire,
               const std::vector<Command>& commands = {});

}  // namespace orderflow::service
