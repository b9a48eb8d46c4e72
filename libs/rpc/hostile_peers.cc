#include "libs/rpc/hostile_peers.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"
#include "libs/telemetry/log.h"

namespace orderflow::rpc {
namespace {

constexpr int kDescriptorsMax = 1'000'000;

// As gRPC names the other end of that socket; empty: it is none, or not connected.
std::string PeerOf(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof(address);
  if (getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return "";
  }
  std::array<char, INET6_ADDRSTRLEN> host{};
  if (address.ss_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(&address);
    inet_ntop(AF_INET, &v4->sin_addr, host.data(), host.size());
    return fmt::format("ipv4:{}:{}", host.data(), ntohs(v4->sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&address);
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
      inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], host.data(), host.size());
      return fmt::format("ipv4:{}:{}", host.data(), ntohs(v6->sin6_port));
    }
    inet_ntop(AF_INET6, &v6->sin6_addr, host.data(), host.size());
    return fmt::format("ipv6:%5B{}%5D:{}", host.data(), ntohs(v6->sin6_port));
  }
  return "";
}

}  // namespace

bool HostilePeers::Began(const std::string& peer) {
  MutexLock lock(mutex_);
  Peer& entry = peers_[peer];
  ++entry.under_way;
  return entry.under_way > calls_max_ && !std::exchange(entry.is_hostile, true);
}

void HostilePeers::Ended(const std::string& peer) {
  MutexLock lock(mutex_);
  const auto found = peers_.find(peer);
  if (found != peers_.end() && --found->second.under_way == 0) {
    peers_.erase(found);
  }
}

size_t HostilePeers::size() const {
  MutexLock lock(mutex_);
  return peers_.size();
}

PeerCall::PeerCall(std::shared_ptr<HostilePeers> peers, std::string peer)
    : peers_(std::move(peers)), peer_(std::move(peer)) {
  if (peers_->Began(peer_)) {
    telemetry::LogWarning("a connection with too many calls under way is closed",
                          {{"peer", peer_}});
    CloseConnectionTo(peer_);
  }
}

PeerCall::~PeerCall() { peers_->Ended(peer_); }

bool CloseConnectionTo(const std::string& peer) {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  const auto limit = static_cast<int>(std::min<rlim_t>(files.rlim_cur, kDescriptorsMax));
  for (int descriptor = 0; descriptor < limit; ++descriptor) {
    if (PeerOf(descriptor) == peer) {
      shutdown(descriptor, SHUT_RDWR);
      return true;
    }
  }
  return false;
}

}  // namespace orderflow::rpc
