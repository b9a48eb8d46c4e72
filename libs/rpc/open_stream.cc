#include "libs/rpc/open_stream.h"

#include <utility>

#include "libs/rpc/call_answer.h"
#include "libs/rpc/call_metrics.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {

OpenStream::OpenStream(absl::StatusOr<Caller> caller, CustomerStreams::Place place,
                       const std::string& peer, std::string trace_id, const Parts& parts)
    : parts_(parts),
      caller_(std::move(caller)),
      place_(std::move(place)),
      peer_call_(parts.peers, peer),
      trace_id_(std::move(trace_id)) {
  if (caller_.ok()) {
    parts_.open_streams.Add(1);
  }
}

OpenStream::~OpenStream() {
  if (caller_.ok()) {
    parts_.open_streams.Add(-1);
  }
}

CallRecord OpenStream::Part(const std::string& method, std::string_view traceparent) const {
  return {parts_.calls.Of(method), parts_.answers, parts_.tracing, traceparent};
}

grpc::Status OpenStream::End(const absl::Status& status) {
  parts_.metrics.RecordStream(status.code());
  return parts_.answers.Of(status, parts_.metrics.method(), trace_id_);
}

void RefuseStream(ServerCall& stream, std::unique_ptr<OpenStream> open_stream,
                  const absl::Status& status) {
  const grpc::Status end = open_stream->End(status);
  stream.Attach(std::move(open_stream));
  stream.Finish(end);
}

}  // namespace orderflow::rpc
