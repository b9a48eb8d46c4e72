#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/rpc/access.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/caller.h"

namespace grpc {
class ServerContext;
}

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::rpc {

struct CallTracing;
class OpenStream;
class ServerCall;

struct ExecutorOptions {
  int threads = 4;         // handlers that may block on the database at the same time
  size_t queue_max = 256;  // calls that may wait; beyond it RESOURCE_EXHAUSTED with RetryInfo
  Duration retry_delay{std::chrono::milliseconds(100)};
  const CallTracing* tracing = nullptr;  // must outlive the executor; null: no spans
  int customer_streams_max = 0;          // that one customer may have open; 0: any number
};

// Runs blocking handlers of unary calls on a bounded set of threads, so that the thread of the
// server's queue never blocks and overload is refused before any work. Each call, of whatever kind,
// is asked for its caller first, at one place: nothing is taken, no handler runs and no stream goes
// on for whom `access` does not let in. Each is counted (orderflow_rpc_calls_total), the refused
// ones included. Threadsafe.
class CallExecutor {
 public:
  CallExecutor(telemetry::Metrics& metrics, Access access, ExecutorOptions options);
  ~CallExecutor();

  // Says whether a call of this caller may wait for a thread; what it takes is held until the
  // handler has answered.
  using Admit = std::function<absl::StatusOr<Admission::Place>(const Caller& caller)>;

  // Finishes the call with handler()'s status. Before the handler runs:
  // what Access::Check refuses; then what `admit` does; RESOURCE_EXHAUSTED when full,
  // DEADLINE_EXCEEDED or CANCELLED when the caller is gone. `method` is the method's name: its
  // access rule is found by it, and it names the call in metrics (orderflow_rpc_*: calls by code,
  // duration); the call is a span, which the handler finds with its
  // caller. What the caller may see and change is for the handler to ask (Caller); for methods
  // that are the same for everybody there is NotForCustomers.
  void Run(ServerCall* call, const std::string& method, CallHandler handler,
           const Admit& admit = nullptr);

  // The same for a handler that finishes later, from any thread, by calling `finish` exactly once.
  // Does not use a thread of this executor; the handler must not block and must bound its own
  // queue.
  using Finish = std::function<void(absl::Status)>;
  void RunAsync(ServerCall* call, const std::string& method,
                const std::function<void(const Caller& caller, Finish finish)>& handler);

  // Lets a stream in, which runs elsewhere, or not: see OpenStream::admitted. It counts among the
  // streams of its customer and the calls of its connection until the result goes: a connection
  // with more than twice the calls that it may have is closed.
  std::unique_ptr<OpenStream> Open(const grpc::ServerContext& context, const std::string& method);

  // Refuses new calls, finishes the waiting ones and joins.
  void Stop();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace orderflow::rpc
