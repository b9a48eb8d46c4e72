#pragma once

#include <memory>
#include <string>
#include <utility>

#include "libs/rpc/caller.h"
#include "libs/rpc/hostile_peers.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {

// Counts a stream as open, among those of its method and of its connection, while it lives.
class OpenStream {
 public:
  OpenStream(Caller caller, std::shared_ptr<HostilePeers> peers, const std::string& peer,
             telemetry::Gauge& open_streams)
      : caller_(std::move(caller)),
        peer_call_(std::move(peers), peer),
        open_streams_(open_streams) {
    open_streams_.Add(1);
  }
  OpenStream(const OpenStream&) = delete;
  OpenStream& operator=(const OpenStream&) = delete;
  ~OpenStream() { open_streams_.Add(-1); }

  const Caller& caller() const { return caller_; }

 private:
  const Caller caller_;
  const PeerCall peer_call_;
  telemetry::Gauge& open_streams_;
};

}  // namespace orderflow::rpc
