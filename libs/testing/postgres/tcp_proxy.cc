#include "libs/testing/postgres/tcp_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <list>
#include <string_view>
#include <thread>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/testing/loopback.h"

namespace orderflow::testing {
namespace {

constexpr int kPollMs = 50;  // how soon the threads notice a change
constexpr int kBacklog = 128;

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

bool IsReadable(int descriptor) {
  pollfd event{descriptor, POLLIN, 0};
  return ::poll(&event, 1, kPollMs) > 0;
}

void Pause(int milliseconds) { ::poll(nullptr, 0, milliseconds); }

// Closing the socket then sends a reset instead of an orderly end.
void ResetOnClose(int descriptor) {
  const linger no_linger{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &no_linger, sizeof(no_linger));
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

// One direction of a connection.
struct Direction {
  int from;
  int to;
  bool is_from_client;
};

}  // namespace

struct TcpProxy::State {
  explicit State(int port)
      : target_port(port), listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    auto* raw = reinterpret_cast<sockaddr*>(&address);
    INVARIANT(::bind(listener.get(), raw, size) == 0 && ::listen(listener.get(), kBacklog) == 0 &&
                  ::getsockname(listener.get(), raw, &size) == 0,
              "a free loopback port");
    listen_port = ntohs(address.sin_port);
    acceptor = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
  }

  struct Connection {
    std::atomic<bool> is_over = false;
    std::jthread thread;
  };

  void Accept(const std::stop_token& stop) {
    std::list<Connection> connections;  // joined at the end of this thread
    while (!stop.stop_requested()) {
      connections.remove_if([](const Connection& connection) { return connection.is_over.load(); });
      if (!IsReadable(listener.get())) {
        continue;
      }
      // Not for the processes that the test starts: a connection would outlive its end here.
      Socket client(::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
      Connection& connection = connections.emplace_back();
      connection.thread = std::jthread([this, &connection, accepted = std::move(client), stop]() {
        Forward(accepted.get(), stop);
        connection.is_over = true;
      });
    }
  }

  void Forward(int client, const std::stop_token& stop) {
    const Socket server(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = Loopback(target_port);
    if (link == Link::kRefused ||
        ::connect(server.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) !=
            0) {
      Reset(client, server.get());
      return;
    }
    std::array<pollfd, 2> events{{{client, POLLIN, 0}, {server.get(), POLLIN, 0}}};
    while (!stop.stop_requested()) {
      const bool is_ready = ::poll(events.data(), events.size(), kPollMs) > 0;
      if (link == Link::kRefused) {
        Reset(client, server.get());
        return;
      }
      if (!is_ready) {
        continue;
      }
      bool has_passed = false;
      for (const Direction& direction :
           {Direction{client, server.get(), true}, Direction{server.get(), client, false}}) {
        if (events[direction.is_from_client ? 0 : 1].revents == 0) {
          continue;
        }
        if (IsHeld(direction)) {
          ++counts.withheld;
          continue;
        }
        if (!Pass(direction)) {
          return;
        }
        has_passed = true;
      }
      if (!has_passed) {
        Pause(kPollMs);
      }
    }
  }

  bool IsHeld(const Direction& direction) const {
    const Link now = link;
    return now == Link::kFrozen ||
           now == (direction.is_from_client ? Link::kOnlyToClient : Link::kOnlyToServer);
  }

  void Reset(int client, int server) {
    ++counts.reset;
    ResetOnClose(client);
    ResetOnClose(server);
  }

  // Passes one message on; false when the connection is over.
  bool Pass(const Direction& direction) {
    std::array<char, 65536> buffer;
    const ssize_t size = ::recv(direction.from, buffer.data(), buffer.size(), 0);
    if (size <= 0) {
      return false;
    }
    if (link == Link::kSlow) {
      ++counts.delayed;
      Pause(static_cast<int>(kSlowDelay.count()));
    }
    const std::string_view bytes(buffer.data(), static_cast<size_t>(size));
    const Fault fault_now = FaultAt(direction, bytes);
    if (fault_now == Fault::kNone) {
      return SendAll(direction.to, bytes);
    }
    if (fault_now == Fault::kCutAfterCommit) {
      SendAll(direction.to, bytes);
      ::recv(direction.to, buffer.data(), buffer.size(), 0);  // its answer: it has committed
    }
    if (fault_now == Fault::kResetMidMessage) {
      SendAll(direction.to, bytes.substr(0, bytes.size() / 2));
      ResetOnClose(direction.to);
      ResetOnClose(direction.from);
    }
    has_struck = true;
    return false;
  }

  // The armed fault when this is its occasion; it is then no longer armed.
  Fault FaultAt(const Direction& direction, std::string_view bytes) {
    Fault armed = fault;
    const bool is_occasion =
        armed == Fault::kResetMidMessage
            ? !direction.is_from_client && bytes.size() > 1
            : armed != Fault::kNone && direction.is_from_client && HasCommit(bytes);
    return is_occasion && fault.compare_exchange_strong(armed, Fault::kNone) ? armed : Fault::kNone;
  }

  // The statement, not a value that begins like it.
  static bool HasCommit(std::string_view bytes) {
    return bytes.find(std::string_view("COMMIT\0", 7)) != std::string_view::npos;
  }

  struct AtomicCounts {
    std::atomic<int64_t> reset = 0, withheld = 0, delayed = 0;
  };

  std::atomic<int> target_port;
  const Socket listener;
  int listen_port = 0;
  std::atomic<Fault> fault{Fault::kNone};
  std::atomic<Link> link{Link::kOpen};
  std::atomic<bool> has_struck{false};
  AtomicCounts counts;
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

void TcpProxy::SetLink(Link link) { state_->link = link; }

void TcpProxy::SetTarget(int target_port) { state_->target_port = target_port; }

TcpProxy::Counts TcpProxy::counts() const {
  return {.reset = state_->counts.reset,
          .withheld = state_->counts.withheld,
          .delayed = state_->counts.delayed};
}

}  // namespace orderflow::testing
