#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "libs/base/mutex.h"

namespace orderflow::rpc {

// Counts calls under way by connection and names the one that breaks the rules of HTTP/2: gRPC does
// not hold a client to the server's limit of streams that has never acknowledged its SETTINGS, and
// each call costs 50 KB. Calls that are cancelled before their handler begins are not seen. Holds
// memory only for connections with calls under way. Threadsafe.
class HostilePeers {
 public:
  // `calls_max`: twice what the SETTINGS allow, which an honest client may not have seen yet.
  explicit HostilePeers(int64_t calls_max) : calls_max_(calls_max) {}

  // `peer` is grpc::ServerContext::peer(). True: this connection ought to be closed. It is said
  // once for a connection, as long as calls of it are under way.
  [[nodiscard]] bool Began(const std::string& peer);
  void Ended(const std::string& peer);

  size_t size() const;

 private:
  struct Peer {
    int64_t under_way = 0;
    bool is_hostile = false;
  };

  const int64_t calls_max_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, Peer> peers_ ABSL_GUARDED_BY(mutex_);
};

// One call under way: counts for its connection as long as it lives, and closes the connection that
// has too many.
class PeerCall {
 public:
  // `peers` is shared because a call may outlive whoever has begun to count.
  PeerCall(std::shared_ptr<HostilePeers> peers, std::string peer);
  PeerCall(const PeerCall&) = delete;
  PeerCall& operator=(const PeerCall&) = delete;
  ~PeerCall();

 private:
  const std::shared_ptr<HostilePeers> peers_;
  const std::string peer_;
};

// Ends the TCP connection to `peer` ("ipv4:host:port" or "ipv6:[host]:port", percent-encoded as
// gRPC does), whoever in this process owns it. Reads through the open descriptors, so it is for the
// rare case. False: there is none.
bool CloseConnectionTo(const std::string& peer);

}  // namespace orderflow::rpc
