#pragma once

#include <grpcpp/support/status.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/rpc/call_record.h"
#include "libs/rpc/caller.h"
#include "libs/rpc/customer_streams.h"
#include "libs/rpc/hostile_peers.h"
#include "libs/rpc/server_call.h"

namespace orderflow::telemetry {
class Gauge;
}

namespace orderflow::rpc {

class CallAnswers;
class CallMetrics;
class MethodMetrics;
struct CallTracing;

// A stream from its arrival on: counts as a call of its connection while it lives and, once it is
// let in, among the open streams of its method and of its customer.
class OpenStream final : public ServerCall::Attachment {
 public:
  struct Parts {
    MethodMetrics& metrics;
    CallMetrics& calls;
    CallAnswers& answers;
    const CallTracing* tracing = nullptr;
    std::shared_ptr<HostilePeers> peers;
    telemetry::Gauge& open_streams;
    std::shared_ptr<void> keep_alive{};  // of all these: a stream may outlive whoever let it in
  };

  OpenStream(absl::StatusOr<Caller> caller, CustomerStreams::Place place, const std::string& peer,
             std::string trace_id, const Parts& parts);
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  ~OpenStream() override;

  // Whether the stream may go on; otherwise it is to be ended with this.
  absl::Status admitted() const { return caller_.status(); }
  // Of a stream that is let in.
  const Caller& caller() const { return *caller_; }

  // The record of a call that one of the stream's messages makes, as if it had come alone; it must
  // not outlive this.
  CallRecord Part(const std::string& method, std::string_view traceparent) const;

  // Exactly once: counts the call by how it ended, and returns what gRPC is to finish it with.
  grpc::Status End(const absl::Status& status);

 private:
  const Parts parts_;
  const absl::StatusOr<Caller> caller_;
  const CustomerStreams::Place place_;
  const PeerCall peer_call_;
  const std::string trace_id_;
};

// Ends a stream that nobody has been told to hear of. It counts as a call of its connection until
// gRPC is done with it.
void RefuseStream(ServerCall& stream, std::unique_ptr<OpenStream> open_stream,
                  const absl::Status& status);

}  // namespace orderflow::rpc
