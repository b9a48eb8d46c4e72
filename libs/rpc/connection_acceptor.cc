#include "libs/rpc/connection_acceptor.h"

#include <grpcpp/server_builder.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/telemetry/log.h"

namespace orderflow::rpc {
namespace {

constexpr int kBacklog = 1024;
// Databases, brokers, logs and files of the process itself.
constexpr int kOwnDescriptors = 256;
constexpr int kPauseAfterFailureMs = 100;
constexpr std::chrono::minutes kReportInterval(1);

absl::Status CannotListen(const std::string& address, const std::string& why) {
  return absl::UnavailableError(fmt::format(
      "cannot listen on {}: the address is in use or not of this machine ({})", address, why));
}

void CloseAtOnce(int socket) {
  // No TIME_WAIT for what was never served.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  setsockopt(socket, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  close(socket);
}

int PortOf(int socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof(own);
  getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size);
  return own.ss_family == AF_INET6 ? ntohs(reinterpret_cast<const sockaddr_in6*>(&own)->sin6_port)
                                   : ntohs(reinterpret_cast<const sockaddr_in*>(&own)->sin_port);
}

// A listening socket on that address, or -1 with errno.
int ListenOn(const addrinfo& address) {
  const int listener = socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int yes = 1;
  if (listener >= 0 && setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) == 0 &&
      bind(listener, address.ai_addr, address.ai_addrlen) == 0 && listen(listener, kBacklog) == 0) {
    return listener;
  }
  const int error = errno;
  if (listener >= 0) {
    close(listener);
  }
  errno = error;
  return -1;
}

}  // namespace

int DescriptorsForConnections(int connections_max) {
  rlimit files{};
  INVARIANT(getrlimit(RLIMIT_NOFILE, &files) == 0, "a process has a limit of open files");
  const auto limit = static_cast<int>(std::min<rlim_t>(files.rlim_cur, 1'000'000));
  return std::min(connections_max + kOwnDescriptors, limit - limit / 8);
}

ConnectionAcceptor::ConnectionAcceptor(int descriptors_max) : descriptors_max_(descriptors_max) {}

ConnectionAcceptor::~ConnectionAcceptor() { Stop(); }

absl::Status ConnectionAcceptor::Listen(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) {
    return CannotListen(address, "it is not host:port");
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.empty() ? nullptr : host.c_str(),
                                address.substr(colon + 1).c_str(), &hints, &found);
  if (error != 0) {
    return CannotListen(address, gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(found, freeaddrinfo);
  for (const addrinfo* entry = addresses.get(); entry != nullptr && listener_ < 0;
       entry = entry->ai_next) {
    listener_ = ListenOn(*entry);
  }
  if (listener_ < 0) {
    return CannotListen(address, std::generic_category().message(errno));
  }
  port_ = PortOf(listener_);
  wake_up_ = eventfd(0, EFD_CLOEXEC);
  return wake_up_ >= 0 ? absl::OkStatus() : CannotListen(address, "no descriptor is left");
}

void ConnectionAcceptor::Start(
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server) {
  server_ = std::move(server);
  thread_ = std::thread([this] { Run(); });
}

void ConnectionAcceptor::Stop() {
  if (thread_.joinable()) {
    const uint64_t one = 1;
    INVARIANT(write(wake_up_, &one, sizeof(one)) == sizeof(one), "an eventfd takes a number");
    thread_.join();
  }
  for (int* descriptor : {&listener_, &wake_up_}) {
    if (*descriptor >= 0) {
      close(std::exchange(*descriptor, -1));
    }
  }
}

void ConnectionAcceptor::Run() {
  std::array<pollfd, 2> waiting{{{.fd = wake_up_, .events = POLLIN, .revents = 0},
                                 {.fd = listener_, .events = POLLIN, .revents = 0}}};
  while (true) {
    poll(waiting.data(), waiting.size(), -1);
    if (waiting[0].revents != 0) {
      return;
    }
    if (waiting[1].revents != 0) {
      AcceptOne();
    }
  }
}

void ConnectionAcceptor::AcceptOne() {
  const int connection = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (connection < 0) {
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      telemetry::LogError("no connection can be accepted: descriptors or memory are used up",
                          {{"error", std::generic_category().message(errno)}});
      poll(nullptr, 0, kPauseAfterFailureMs);
    }
    return;  // all other errors are of that one connection
  }
  if (connection >= descriptors_max_) {
    CloseAtOnce(connection);
    ReportClosed();
    return;
  }
  const int yes = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters parameters;
  parameters.listener_fd = listener_;
  parameters.fd = connection;
  server_->HandleNewConnection(&parameters);
}

void ConnectionAcceptor::ReportClosed() {
  ++closed_;
  const auto now = std::chrono::steady_clock::now();
  if (now < next_report_) {
    return;
  }
  next_report_ = now + kReportInterval;
  telemetry::LogWarning(
      "connections are closed at once: too many are open",
      {{"closed", std::to_string(closed_)}, {"descriptors_max", std::to_string(descriptors_max_)}});
}

}  // namespace orderflow::rpc
