#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace grpc {
class CallbackServerContext;
class ServerUnaryReactor;
}  // namespace grpc

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::rpc {

class OpenStream;

struct ExecutorOptions {
  int threads = 4;         // handlers that may block on the database at the same time
  size_t queue_max = 256;  // calls that may wait; beyond it RESOURCE_EXHAUSTED with RetryInfo
  Duration retry_delay{std::chrono::milliseconds(100)};
};

// Runs blocking handlers of unary calls on a bounded set of threads, so that gRPC's own threads
// never block and overload is refused before any work. Threadsafe.
class CallExecutor {
 public:
  CallExecutor(telemetry::Metrics& metrics, ExecutorOptions options);
  ~CallExecutor();

  // Returns the reactor for gRPC and finishes it with handler()'s status. Before the handler runs:
  // RESOURCE_EXHAUSTED when full, DEADLINE_EXCEEDED or CANCELLED when the caller is gone.
  // `method` names the call in metrics (orderflow_rpc_*: calls by code, duration).
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, const std::string& method,
                                std::function<absl::Status()> handler);

  // The same for a handler that finishes later, from any thread, by calling `finish` exactly once.
  // Does not use a thread of this executor; the handler must not block and must bound its own
  // queue.
  grpc::ServerUnaryReactor* RunAsync(
      grpc::CallbackServerContext* context, const std::string& method,
      const std::function<void(std::function<void(absl::Status)> finish)>& handler);

  // Counts a call that runs elsewhere (a stream) among those of its connection, until the result
  // goes: a connection with more than twice the calls that it may have is closed.
  // `method` names it in the metric of open streams.
  std::unique_ptr<OpenStream> Count(const grpc::CallbackServerContext& context,
                                    const std::string& method);

  // Refuses new calls, finishes the waiting ones and joins.
  void Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace orderflow::rpc
