#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/payment/domain/provider_call.h"

namespace grpc {
class Channel;
}
namespace orderflow::telemetry {
class Metrics;
class Tracer;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

// The provider behind orderflow.provider.v1.ProviderService: operations go on streams
// (OperationStream), look-ups as calls. Each has a deadline and is made once: no retries by the
// channel. What is under way when it goes is cancelled. `tracer` (null: no spans) must outlive it.
// Threadsafe, does not block.
class GrpcProvider final : public Provider {
 public:
  GrpcProvider(std::shared_ptr<grpc::Channel> channel, telemetry::Metrics& metrics,
               Duration call_timeout, telemetry::Tracer* tracer = nullptr);
  ~GrpcProvider() override;

  void Send(std::vector<Sending> sendings) override;
  void Find(const ProviderCall& call, Done done) override;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::payment
