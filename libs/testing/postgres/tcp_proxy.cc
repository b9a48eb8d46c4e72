#include "libs/testing/postgres/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/invariant.h"

namespace orderflow::testing {
namespace {

constexpr int kPollMs = 50;  // how soon the threads notice that the proxy goes away

// Owns a descriptor.
class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_(descriptor) {}
  Socket(Socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ~Socket() {
    if (descriptor_ >= 0) {
      ::close(descriptor_);
    }
  }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

bool IsReadable(int descriptor) {
  pollfd event{descriptor, POLLIN, 0};
  return ::poll(&event, 1, kPollMs) > 0;
}

// Sends everything; false when the peer is gone.
bool SendAll(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(descriptor, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) {
      return false;
    }
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

}  // namespace

struct TcpProxy::State {
  explicit State(int port)
      : target_port(port), listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    INVARIANT(::bind(listener.get(), raw, size) == 0 && ::listen(listener.get(), 16) == 0 &&
                  ::getsockname(listener.get(), raw, &size) == 0,
              "a free loopback port");
    listen_port = ntohs(address.sin_port);
    acceptor = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
  }

  void Accept(const std::stop_token& stop) {
    std::vector<std::jthread> connections;  // joined at the end of this thread
    while (!stop.stop_requested()) {
      if (IsReadable(listener.get())) {
        connections.emplace_back([this, client = Socket(::accept(listener.get(), nullptr, nullptr)),
                                  stop]() { Forward(client.get(), stop); });
      }
    }
  }

  void Forward(int client, const std::stop_token& stop) {
    const Socket server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = Loopback(target_port);
    if (::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
        0) {
      return;
    }
    std::array<pollfd, 2> events{{{client, POLLIN, 0}, {server.get(), POLLIN, 0}}};
    while (!stop.stop_requested()) {
      if (::poll(events.data(), events.size(), kPollMs) <= 0) {
        continue;
      }
      if (events[0].revents != 0 && !FromClient(client, server.get())) {
        return;
      }
      if (events[1].revents != 0 && !Pass(server.get(), client)) {
        return;
      }
    }
  }

  bool FromClient(int client, int server) {
    std::array<char, 65536> buffer;
    const ssize_t size = ::recv(client, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      return false;
    }
    const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
    const bool is_commit = bytes.find("COMMIT") != std::string_view::npos;
    const Fault fault_now = is_commit ? fault.exchange(Fault::kNone) : Fault::kNone;
    if (fault_now == Fault::kNone) {
      return SendAll(server, bytes);
    }
    if (fault_now == Fault::kCutAfterCommit) {
      SendAll(server, bytes);
      ::recv(server, buffer.data(), buffer.size(), 0);  // its answer: it has committed
    }
    has_struck = true;
    return false;
  }

  static bool Pass(int from, int to) {
    std::array<char, 65536> buffer;
    const ssize_t size = ::recv(from, buffer.data(), buffer.size(), 0);
    return size > 0 && SendAll(to, {buffer.data(), static_cast<size_t>(size)});
  }

  const int target_port;
  const Socket listener;
  int listen_port = 0;
  std::atomic<Fault> fault{Fault::kNone};
  std::atomic<bool> has_struck{false};
  std::jthread acceptor;  // last: uses all of the above
};

TcpProxy::TcpProxy(int target_port) : state_(std::make_unique<State>(target_port)) {}

TcpProxy::~TcpProxy() = default;

int TcpProxy::port() const { return state_->listen_port; }

void TcpProxy::Arm(Fault fault) {
  state_->has_struck = false;
  state_->fault = fault;
}

bool TcpProxy::struck() const { return state_->has_struck; }

}  // namespace orderflow::testing
