#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/rpc/access.h"
#include "libs/rpc/caller.h"

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
// never block and overload is refused before any work. Who may not call is refused before that: no
// handler runs, and no stream opens, for whom `access` does not let in. Threadsafe.
class CallExecutor {
 public:
  CallExecutor(telemetry::Metrics& metrics, Access access, ExecutorOptions options);
  ~CallExecutor();

  // Returns the reactor for gRPC and finishes it with handler()'s status. Before the handler runs:
  // what Access::Check refuses; RESOURCE_EXHAUSTED when full, DEADLINE_EXCEEDED or CANCELLED when
  // the caller is gone. `method` is the method's name: its access rule is found by it, and it names
  // the call in metrics (orderflow_rpc_*: calls by code, duration).
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, const std::string& method,
                                std::function<absl::Status()> handler);
  grpc::ServerUnaryReactor* Run(grpc::CallbackServerContext* context, const std::string& method,
                                std::function<absl::Status(const Caller& caller)> handler);

  // The same for a handler that finishes later, from any thread, by calling `finish` exactly once.
  // Does not use a thread of this executor; the handler must not block and must bound its own
  // queue.
  using Finish = std::function<void(absl::Status)>;
  grpc::ServerUnaryReactor* RunAsync(grpc::CallbackServerContext* context,
                                     const std::string& method,
                                     const std::function<void(Finish finish)>& handler);
  grpc::ServerUnaryReactor* RunAsync(
      grpc::CallbackServerContext* context, const std::string& method,
      const std::function<void(const Caller& caller, Finish finish)>& handler);

  // Lets a call in that runs elsewhere (a stream), and counts it among those of its connection
  // until the result goes: a connection with more than twice the calls that it may have is closed.
  // `method` names it in the metric of open streams. Errors: those of Access::Check.
  absl::StatusOr<std::unique_ptr<OpenStream>> Open(const grpc::CallbackServerContext& context,
                                                   const std::string& method);

  // Refuses new calls, finishes the waiting ones and joins.
  void Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace orderflow::rpc
