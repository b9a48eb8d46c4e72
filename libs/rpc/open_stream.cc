#include "libs/rpc/open_stream.h"

#include <utility>

#include "libs/rpc/call_answer.h"
#include "libs/rpc/call_metrics.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {

OpenStream::OpenStream(absl::StatusOr<Caller> caller, std::shared_ptr<HostilePeers> peers,
                       const std::string& peer, std::string trace_id, MethodMetrics& metrics,
                       telemetry::Gauge& open_streams, std::shared_ptr<void> keep_alive)
    : keep_alive_(std::move(keep_alive)),
      caller_(std::move(caller)),
      peer_call_(std::move(peers), peer),
      trace_id_(std::move(trace_id)),
      metrics_(metrics),
      open_streams_(open_streams) {
  if (caller_.ok()) {
    open_streams_.Add(1);
  }
}

OpenStream::~OpenStream() {
  if (caller_.ok()) {
    open_streams_.Add(-1);
  }
}

grpc::Status OpenStream::End(const absl::Status& status) {
  metrics_.RecordStream(status.code());
  return AnswerOf(status, metrics_.method(), trace_id_);
}

}  // namespace orderflow::rpc
