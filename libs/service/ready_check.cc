#include "libs/service/ready_check.h"

#include <httplib.h>

#include <chrono>

#include "fmt/format.h"
#include "libs/service/host_and_port.h"

namespace orderflow::service {
namespace {

constexpr std::chrono::seconds kTimeout{2};
constexpr int kOk = 200;

// Where an instance that listens on every address of its machine is found from within.
std::string LoopbackOf(const std::string& host) {
  if (host.empty() || host == "0.0.0.0") {
    return "127.0.0.1";
  }
  return host == "::" ? "::1" : host;
}

}  // namespace

absl::Status CheckReady(const std::string& admin_listen) {
  const HostAndPort listen = SplitAddress(admin_listen);
  const std::string host = LoopbackOf(listen.host);
  httplib::Client admin(host, listen.port);
  admin.set_connection_timeout(kTimeout);
  admin.set_read_timeout(kTimeout);
  const httplib::Result answer = admin.Get("/readyz");
  if (!answer) {
    return absl::UnavailableError(
        fmt::format("nothing answers at http://{}:{}/readyz ({}); is the process running?", host,
                    listen.port, httplib::to_string(answer.error())));
  }
  if (answer->status != kOk) {
    return absl::UnavailableError(fmt::format("not ready: {}", answer->body));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::service
