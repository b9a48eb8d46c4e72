#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace grpc {
class ServerCredentials;
}  // namespace grpc

namespace orderflow::rpc {

class Service;

// Calls that a connection may have under way, by the server's SETTINGS.
inline constexpr int kConcurrentStreamsMax = 1000;

struct ServerOptions {
  std::string listen_address;     // host:port; port 0 picks a free one
  int message_size_max = 262144;  // bytes received; beyond it RESOURCE_EXHAUSTED
  int connections_max = 4096;     // less where the process may not open as many files
  std::shared_ptr<grpc::ServerCredentials> credentials{};  // null: plaintext
};

// A gRPC server with health (incl. its descriptor for reflection), reflection, keepalive limits,
// compression off, and no port sharing.
class Server {
 public:
  explicit Server(ServerOptions options);
  ~Server();

  // The services must outlive the server. kUnavailable naming the address when it is in use.
  absl::Status Start(const std::vector<Service*>& services);
  int port() const;
  // Full names of what it serves, but health and reflection; known once it has started.
  std::vector<std::string> service_names() const;

  // What health answers for "" and for every service.
  void SetServing(bool serving);

  // Not serving, then no new calls, then waits up to `grace` for running ones, then cancels them;
  // waits until their handlers have finished them all the same. A second after the last of them
  // what is left is cut off: connections whose client does not read, streams of reflection.
  void Stop(Duration grace);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::rpc
