#include "libs/service/admin_server.h"

#include <httplib.h>
#include <sys/socket.h>

#include <charconv>
#include <thread>

#include "fmt/format.h"
#include "libs/service/readiness.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::service {
namespace {

constexpr size_t kThreads = 2;
constexpr size_t kRequestBytesMax = 4096;  // a probe or scrape has no body
constexpr int kTimeoutSeconds = 5;         // for a client to send its request or take its answer
constexpr int kHttpUnavailable = 503;
constexpr char kPlainText[] = "text/plain; charset=utf-8";
constexpr char kMetricsText[] = "text/plain; version=0.0.4; charset=utf-8";

// Not SO_REUSEPORT, the library's default: a left-over process must not share the port.
void SetSocketOptions(int socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

struct HostAndPort {
  std::string host;
  int port = 0;
};

// The form was checked when the setting was read.
HostAndPort Split(const std::string& address) {
  const size_t colon = address.rfind(':');
  HostAndPort result{.host = address.substr(0, colon)};
  if (result.host.size() >= 2 && result.host.front() == '[') {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  const char* end = address.data() + address.size();
  std::from_chars(address.data() + std::min(colon + 1, address.size()), end, result.port);
  return result;
}

}  // namespace

struct AdminServer::State {
  httplib::Server http;
  int port = -1;
  std::jthread thread;
};

AdminServer::AdminServer(const telemetry::Metrics& metrics, const Readiness& readiness)
    : state_(std::make_unique<State>()) {
  httplib::Server& http = state_->http;
  http.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  http.set_socket_options(SetSocketOptions);
  http.set_payload_max_length(kRequestBytesMax);
  http.set_read_timeout(kTimeoutSeconds, 0);
  http.set_write_timeout(kTimeoutSeconds, 0);
  // One request per connection: an idle scraper must not occupy one of the few threads.
  http.set_keep_alive_max_count(1);
  http.Get("/metrics", [&metrics](const httplib::Request&, httplib::Response& response) {
    response.set_content(metrics.Expose(), kMetricsText);
  });
  http.Get("/livez", [](const httplib::Request&, httplib::Response& response) {
    response.set_content("ok\n", kPlainText);
  });
  http.Get("/readyz", [&readiness](const httplib::Request&, httplib::Response& response) {
    const std::string reasons = readiness.Reasons();
    response.status = reasons.empty() ? 200 : kHttpUnavailable;
    response.set_content(reasons.empty() ? "ok\n" : reasons, kPlainText);
  });
}

AdminServer::~AdminServer() { Stop(); }

absl::Status AdminServer::Start(const std::string& address) {
  const HostAndPort listen = Split(address);
  if (listen.port == 0) {
    state_->port = state_->http.bind_to_any_port(listen.host);
  } else if (state_->http.bind_to_port(listen.host, listen.port)) {
    state_->port = listen.port;
  }
  if (state_->port < 0) {
    return absl::UnavailableError(
        fmt::format("cannot listen on {}: the address is in use or not of this machine", address));
  }
  state_->thread = std::jthread([this] { state_->http.listen_after_bind(); });
  // stop() has no effect on a server that does not run yet.
  while (!state_->http.is_running()) {
    std::this_thread::yield();
  }
  return absl::OkStatus();
}

int AdminServer::port() const { return state_->port; }

void AdminServer::Stop() {
  state_->http.stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

}  // namespace orderflow::service
