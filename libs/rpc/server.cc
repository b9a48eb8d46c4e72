#include "libs/rpc/server.h"

#include <google/protobuf/descriptor.h>
#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/server_builder_option.h>
#include <grpcpp/impl/server_builder_plugin.h>
#include <grpcpp/impl/server_initializer.h>
#include <grpcpp/resource_quota.h>

#include <chrono>
#include <future>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/connection_acceptor.h"
#include "libs/rpc/health_service.h"
#include "libs/rpc/server_queue.h"
#include "libs/rpc/service.h"

namespace orderflow::rpc {
namespace {

constexpr int kMetadataBytesMax = 8 * 1024;
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// Twice as often as our own clients ping, so that a late ping is no offence.
constexpr int kClientPingIntervalMinMs = 10'000;
constexpr int kConnectionIdleMsMax = 5 * 60'000;
// Connections end now and then (gRPC adds jitter), so that load spreads over new replicas.
constexpr int kConnectionAgeMsMax = 10 * 60'000;
constexpr int kConnectionAgeGraceMs = 30'000;  // longer than any unary handler
constexpr int kReflectionThreadsMax = 8;
// Once all calls are answered, for their connections to end.
constexpr std::chrono::seconds kLeftOverCallTime(1);

// Learns the names of the services of a server, which gRPC tells to plugins only.
class ServiceNames final : public grpc::ServerBuilderPlugin {
 public:
  explicit ServiceNames(std::vector<std::string>& names) : names_(names) {}
  std::string name() override { return "orderflow.service_names"; }
  void InitServer(grpc::ServerInitializer*) override {}
  void Finish(grpc::ServerInitializer* initializer) override {
    names_ = *initializer->GetServiceList();
  }
  void ChangeArguments(const std::string&, void*) override {}

 private:
  std::vector<std::string>& names_;
};

class ServiceNamesOption final : public grpc::ServerBuilderOption {
 public:
  explicit ServiceNamesOption(std::vector<std::string>& names) : names_(names) {}
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    plugins->push_back(std::make_unique<ServiceNames>(names_));
  }

 private:
  std::vector<std::string>& names_;
};

// Switches of the whole process and not threadsafe. Health of gRPC's own would bring the threads of
// its callback API with it.
void EnableReflection() {
  static const bool enabled = [] {
    grpc::EnableDefaultHealthCheckService(false);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    return true;
  }();
  static_cast<void>(enabled);
}

// A method that nobody answers would keep its callers waiting until their deadlines.
bool IsEachMethodAnswered(const std::vector<std::string>& names,
                          const std::vector<Service*>& services) {
  size_t declared = 0;
  for (const std::string& name : names) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service != nullptr && !name.starts_with("grpc.reflection.")) {
      declared += static_cast<size_t>(service->method_count());
    }
  }
  size_t answered = 0;
  for (Service* service : services) {
    answered += service->methods();
    if (service->generated().has_synchronous_methods()) {
      return true;  // gRPC itself answers those: that they are not implemented
    }
  }
  return answered == declared;
}

void Configure(grpc::ServerBuilder& builder, const ServerOptions& options) {
  builder.SetMaxReceiveMessageSize(options.message_size_max);
  // A small compressed message may inflate to gigabytes before any limit is looked at.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kConcurrentStreamsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, kConnectionIdleMsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, kConnectionAgeMsMax);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, kConnectionAgeGraceMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             kClientPingIntervalMinMs);
  // Only reflection still uses gRPC's synchronous threads, and each of its streams keeps one for as
  // long as its client likes. Beyond these a stream is refused.
  grpc::ResourceQuota quota("orderflow_server");
  quota.SetMaxThreads(kReflectionThreadsMax);
  builder.SetResourceQuota(quota);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::SyncServerOption::MAX_POLLERS, 2);
}

}  // namespace

struct Server::State {
  ServerOptions options;
  std::vector<std::string> service_names;
  HealthService health;
  std::unique_ptr<ServerQueue> queue;
  std::unique_ptr<ConnectionAcceptor> acceptor;
  std::unique_ptr<grpc::Server> server;
};

Server::Server(ServerOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
}

Server::~Server() { Stop(Duration::zero()); }

absl::Status Server::Start(const std::vector<Service*>& services) {
  EnableReflection();
  std::vector<Service*> served = services;
  served.push_back(&state_->health);
  grpc::ServerBuilder builder;
  Configure(builder, state_->options);
  builder.SetOption(std::make_unique<ServiceNamesOption>(state_->service_names));
  auto connections = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      state_->options.credentials == nullptr ? grpc::InsecureServerCredentials()
                                             : state_->options.credentials);
  for (Service* service : served) {
    builder.RegisterService(&service->generated());
  }
  auto acceptor = std::make_unique<ConnectionAcceptor>(
      DescriptorsForConnections(state_->options.connections_max));
  RETURN_IF_ERROR(acceptor->Listen(state_->options.listen_address));
  state_->queue = std::make_unique<ServerQueue>(builder.AddCompletionQueue());
  state_->server = builder.BuildAndStart();
  if (state_->server == nullptr) {
    return absl::InternalError("gRPC could not start its server; its log says why");
  }
  INVARIANT(IsEachMethodAnswered(state_->service_names, served), "each method has a handler");
  SetServing(false);
  for (const Service* service : served) {
    service->Expect(*state_->queue);
  }
  state_->queue->Start();
  state_->acceptor = std::move(acceptor);
  state_->acceptor->Start(std::move(connections));
  return absl::OkStatus();
}

int Server::port() const { return state_->acceptor == nullptr ? 0 : state_->acceptor->port(); }

std::vector<std::string> Server::service_names() const {
  std::vector<std::string> names;
  for (const std::string& name : state_->service_names) {
    if (!name.starts_with("grpc.")) {
      names.push_back(name);
    }
  }
  return names;
}

void Server::SetServing(bool serving) {
  std::vector<std::string> names = service_names();
  names.emplace_back();
  state_->health.Set(names, serving);
}

void Server::Stop(Duration grace) {
  if (state_->server == nullptr) {
    return;
  }
  SetServing(false);
  state_->health.Close();
  state_->acceptor->Stop();
  std::future<void> shutdown =
      std::async(std::launch::async, [this, deadline = std::chrono::system_clock::now() + grace] {
        state_->server->Shutdown(deadline);
      });
  state_->queue->AwaitCalls();
  // A call that arrives in the moment in which the server begins to shut down, gRPC may keep for a
  // handler that does not come any more. Not at once: connections that are cut lose answers which
  // their clients have not read yet.
  if (shutdown.wait_for(kLeftOverCallTime) != std::future_status::ready) {
    grpc_server_cancel_all_calls(state_->server->c_server());
    shutdown.wait();
  }
  state_->queue->Stop();
  state_->server.reset();
  state_->queue.reset();
}

}  // namespace orderflow::rpc
