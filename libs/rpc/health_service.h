#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/base/mutex.h"
#include "libs/rpc/service.h"

namespace orderflow::rpc {

class HealthWatch;

// grpc.health.v1.Health: what the server says of itself ("") and of each of its services. Whoever
// reaches the port may ask. Threadsafe.
class HealthService final : public ServiceOf<grpc::health::v1::Health::AsyncService> {
 public:
  using Request = grpc::health::v1::HealthCheckRequest;
  using Response = grpc::health::v1::HealthCheckResponse;

  HealthService();
  ~HealthService() override;

  // What is said from now on. Services that were never named here are not known.
  void Set(const std::vector<std::string>& services, bool serving);

  // Ends the watches, which would otherwise keep the server from stopping.
  void Close();

 private:
  void Check(ServerCall* call, const Request* request, Response* response);
  void Watch(ServerStream<Response>* stream, const Request* request);

  void Forget(const ServerCall& stream);

  Mutex mutex_;
  std::map<std::string, Response::ServingStatus> states_ ABSL_GUARDED_BY(mutex_);
  std::map<const ServerCall*, std::shared_ptr<HealthWatch>> watches_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::rpc
