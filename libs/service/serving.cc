#include "libs/service/serving.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "libs/auth/key_ring.h"
#include "libs/auth/key_source.h"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_spans.h"
#include "libs/rpc/server.h"
#include "libs/service/admin_server.h"
#include "libs/service/key_reader.h"
#include "libs/service/readiness.h"
#include "libs/service/version.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metric_table.h"
#include "libs/telemetry/tracer.h"
#include "libs/tracing/span_exporter.h"

namespace orderflow::service {
namespace {

using std::chrono::seconds;

constexpr seconds kCheckInterval{2};
// So many failed checks in a row make a serving process not ready; one alone may be a failover.
constexpr int kFailedChecksMax = 3;
constexpr seconds kSpansStopTimeMax{2};  // for the last spans to be exported
constexpr char kDatabase[] = "database";
constexpr char kKeys[] = "keys";
constexpr char kStart[] = "start";
constexpr char kShutdown[] = "shutdown";

// Sleeps, but not beyond a request to stop. Returns false when that came.
bool SleepUnlessStopped(const std::stop_token& stop, Duration time) {
  Mutex mutex;
  ConditionVariable never;
  MutexLock lock(mutex);
  never.wait_for(mutex, stop, time, [] { return false; });
  return !stop.stop_requested();
}

auth::KeySource KeySourceOf(const AuthenticationConfig& config) {
  return {.file = config.keys_file,
          .url = config.keys_url,
          .authorities_file = config.keys_authorities_file};
}

rpc::AccessOptions AccessOptionsOf(const AuthenticationConfig& config) {
  return {.tokens = {.issuer = config.issuer,
                     .audience = config.audience,
                     .clock_skew = config.clock_skew},
          .trust_domain = config.trust_domain,
          .customer_calls = {.per_second = config.customer_calls_per_second,
                             .burst = 2 * config.customer_calls_per_second}};
}

tracing::ExporterOptions ExporterOptionsOf(const CommonConfig& config,
                                           const ProcessDescription& description) {
  return {.collector = {.url = config.traces.endpoint + "/v1/traces",
                        .headers_file = config.traces.headers_file,
                        .authorities_file = config.traces.authorities_file},
          .resource = {
              .service = description.name, .instance = config.instance_id, .version = kVersion}};
}

// Everything of a running process but the service's own parts.
class ServingProcess {
 public:
  ServingProcess(const CommonConfig& config, const ProcessDescription& description,
                 rpc::TransportSecurity transport, const rpc::AccessRules& rules,
                 std::stop_token stop)
      : config_(config),
        description_(description),
        transport_(std::move(transport)),
        stop_(std::move(stop)),
        keys_([source = KeySourceOf(config.authentication)] { return auth::ReadKeySet(source); }),
        access_(config.authentication.insecure_none
                    ? rpc::Access::InsecureForAll()
                    : rpc::Access(rules, keys_, clock_, metrics_,
                                  AccessOptionsOf(config.authentication))),
        pool_({.url = config.database_url,
               .application_name = description.name,
               .size_max = config.database_pool_size,
               .metrics = &metrics_}),
        tracer_(metrics_, {.enabled = !config.traces.endpoint.empty(),
                           .sample_ratio = config.traces.sample_ratio}),
        call_tracing_{
            .tracer = &tracer_,
            .trusts_callers = config.traces.trust_callers ||
                              description.client_certificates == rpc::ClientCertificates::kRequired,
            .services = rpc::ServicesByMethod(description.apis)},
        exporter_(tracer_, metrics_, ExporterOptionsOf(config, description)),
        admin_(metrics_, readiness_) {
    readiness_.Set(kStart, "the process is starting");
  }

  absl::Status Run(const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire) {
    RETURN_IF_ERROR(admin_.Start(config_.admin_listen));
    if (tracer_.enabled()) {
      exporter_.Start();
    }
    std::string address;
    {
      rpc::Server waiting(ListeningOn(config_.grpc_listen));
      RETURN_IF_ERROR(waiting.Start({}));
      address = WithPort(config_.grpc_listen, waiting.port());
      telemetry::LogInfo("waiting for the database",
                         {{"version", kVersion},
                          {"grpc", address},
                          {"encrypted", transport_.encrypted() ? "yes" : "no"},
                          {"authentication", config_.authentication.insecure_none ? "none" : "yes"},
                          {"admin_port", std::to_string(admin_.port())}});
      if (!WaitForSchema() || !WaitForKeys()) {
        return absl::OkStatus();
      }
    }
    ASSIGN_OR_RETURN(Wiring wiring, wire(Context()));
    const absl::Status status = StartAndServe(wiring, address);
    readiness_.Set(kShutdown, "the process is stopping");
    StopParts(wiring);
    exporter_.Stop(kSpansStopTimeMax);
    return status;
  }

  absl::StatusOr<std::string> DescribeMetrics(
      const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire) {
    ASSIGN_OR_RETURN(const Wiring wiring, wire(Context()));
    return telemetry::MetricTable(metrics_.Describe());
  }

 private:
  ProcessContext Context() {
    return {.config = config_,
            .clock = clock_,
            .metrics = metrics_,
            .pool = pool_,
            .transport = transport_,
            .access = access_,
            .call_tracing = call_tracing_,
            .tracer = tracer_};
  }

  static std::string WithPort(const std::string& listen, int port) {
    return fmt::format("{}:{}", listen.substr(0, listen.rfind(':')), port);
  }

  rpc::ServerOptions ListeningOn(const std::string& address) const {
    return {.listen_address = address,
            .credentials = transport_.ForServer(description_.client_certificates)};
  }

  // True once the database has what this binary needs; false when asked to stop before that.
  bool WaitForSchema() {
    do {
      const absl::Status schema = postgres::CheckSchema(pool_, description_.migrations);
      if (schema.ok()) {
        readiness_.Set(kDatabase, "");
        return true;
      }
      if (readiness_.Set(kDatabase, Message(schema))) {
        telemetry::LogWarning("not ready: the database is not as needed",
                              {{"error", Message(schema)}});
      }
    } while (SleepUnlessStopped(stop_, kCheckInterval));
    return false;
  }

  // True once tokens can be verified; false when asked to stop before that. From then on the keys
  // are read again and again.
  bool WaitForKeys() {
    if (config_.authentication.insecure_none) {
      telemetry::LogWarning(
          "nobody is asked who they are: ORDERFLOW_INSECURE_NO_AUTHENTICATION is true");
      return true;
    }
    do {
      const absl::Status read = key_reader_.Read();
      if (read.ok()) {
        readiness_.Set(kKeys, "");
        key_thread_ = std::jthread([this](const std::stop_token& stop) { ReadKeysAgain(stop); });
        return true;
      }
      if (readiness_.Set(kKeys, Message(read))) {
        telemetry::LogWarning("not ready: no token can be verified", {{"error", Message(read)}});
      }
    } while (SleepUnlessStopped(stop_, kCheckInterval));
    return false;
  }

  void ReadKeysAgain(const std::stop_token& stop) {
    while (SleepUnlessStopped(stop, config_.authentication.keys_refresh)) {
      key_reader_.ReadAgain();
    }
  }

  // Each service has its access rules; one that is served and not declared would have none.
  absl::Status CheckDeclared(const std::vector<std::string>& served) const {
    for (const std::string& name : served) {
      const auto& apis = description_.apis;
      if (std::find(apis.begin(), apis.end(), name) == apis.end()) {
        return absl::InternalError(name + " is served and not declared; name it in apis");
      }
    }
    return absl::OkStatus();
  }

  absl::Status StartAndServe(const Wiring& wiring, const std::string& address) {
    for (const Part& part : wiring.parts) {
      if (absl::Status status = part.start(); !status.ok()) {
        return absl::Status(status.code(), fmt::format("{}: {}", part.name, Message(status)));
      }
      ++parts_started_;
    }
    rpc::Server server(ListeningOn(address));
    RETURN_IF_ERROR(server.Start(wiring.services));
    RETURN_IF_ERROR(CheckDeclared(server.service_names()));
    server.SetServing(true);
    readiness_.Set(kStart, "");
    telemetry::LogInfo("serving", {{"version", kVersion}, {"grpc", address}});
    WatchDatabase(server);

    readiness_.Set(kShutdown, "the process is stopping");
    server.SetServing(false);
    if (wiring.before_drain) {
      wiring.before_drain();
    }
    server.Stop(config_.shutdown_grace);
    return absl::OkStatus();
  }

  // Until stop: an unreachable database makes the process not ready. A pool that is all in use is
  // proof enough that the database answers, and asking would only add to the load.
  void WatchDatabase(rpc::Server& server) {
    int failed = 0;
    while (SleepUnlessStopped(stop_, kCheckInterval)) {
      const bool busy = pool_.in_use() >= config_.database_pool_size;
      const absl::Status status = busy ? absl::OkStatus() : pool_.Ping();
      failed = status.ok() ? 0 : failed + 1;
      if (failed == 0 && readiness_.Set(kDatabase, "")) {
        telemetry::LogInfo("the database is back");
        server.SetServing(true);
      } else if (failed >= kFailedChecksMax && readiness_.Set(kDatabase, Message(status))) {
        telemetry::LogError("not ready: the database cannot be reached",
                            {{"error", Message(status)}});
        server.SetServing(false);
      }
    }
  }

  void StopParts(const Wiring& wiring) {
    for (; parts_started_ > 0; --parts_started_) {
      const Part& part = wiring.parts[parts_started_ - 1];
      telemetry::LogInfo("stopping part", {{"part", part.name}});
      part.stop();
    }
  }

  const CommonConfig& config_;
  const ProcessDescription& description_;
  const rpc::TransportSecurity transport_;
  const std::stop_token stop_;
  const SystemClock clock_;
  telemetry::Metrics metrics_;
  auth::KeyRing keys_;
  KeyReader key_reader_{keys_, clock_, metrics_};
  const rpc::Access access_;
  Readiness readiness_;
  postgres::Pool pool_;
  telemetry::Tracer tracer_;
  const rpc::CallTracing call_tracing_;
  tracing::SpanExporter exporter_;
  AdminServer admin_;
  size_t parts_started_ = 0;
  std::jthread key_thread_;
};

}  // namespace

absl::Status Serve(const CommonConfig& config, const ProcessDescription& description,
                   const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire,
                   std::stop_token stop) {
  rpc::TransportSecurity transport = rpc::TransportSecurity::Plaintext();
  if (!config.tls.certificate_chain.empty()) {
    ASSIGN_OR_RETURN(transport, rpc::TransportSecurity::Tls(config.tls));
  }
  ASSIGN_OR_RETURN(const rpc::AccessRules rules, rpc::AccessRules::Of(description.apis));
  ServingProcess process(config, description, std::move(transport), rules, std::move(stop));
  return process.Run(wire);
}

absl::StatusOr<std::string> DescribeMetrics(
    const CommonConfig& config, const ProcessDescription& description,
    const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire) {
  ASSIGN_OR_RETURN(const rpc::AccessRules rules, rpc::AccessRules::Of(description.apis));
  return ServingProcess(config, description, rpc::TransportSecurity::Plaintext(), rules, {})
      .DescribeMetrics(wire);
}

}  // namespace orderflow::service
