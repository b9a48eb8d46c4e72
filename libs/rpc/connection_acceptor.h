#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/status.h"

namespace grpc::experimental {
class ExternalConnectionAcceptor;
}

namespace orderflow::rpc {

// Listens in place of gRPC and hands it the connections. gRPC 1.51's own listener stays deaf for
// good once accept() has failed for want of descriptors (CVE-2023-4785); this one closes what
// comes beyond a bound that is below the process's limit, and goes on when accept() fails.
//
// The bound costs nothing to keep: a new descriptor is the lowest free number, so its value tells
// how many are open, of whatever kind. Not threadsafe; the accepting thread is its own.
class ConnectionAcceptor {
 public:
  // `descriptors_max`: connections whose descriptor is this number or higher are closed.
  explicit ConnectionAcceptor(int descriptors_max);
  ~ConnectionAcceptor();

  // kUnavailable naming the address when it is in use, or not of this machine. Port 0 picks a free
  // one. Never shares the port with another process.
  absl::Status Listen(const std::string& address);
  int port() const { return port_; }

  // Accepts from now on.
  void Start(std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server);
  // Accepts no more and closes the port; connections stay. Before the server stops.
  void Stop();

 private:
  void Run();
  void AcceptOne();
  // Says now and then that connections are turned away, and how many so far.
  void ReportClosed();

  const int descriptors_max_;
  int port_ = 0;
  int listener_ = -1;
  int wake_up_ = -1;  // an eventfd: readable when it is time to stop
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> server_;
  std::thread thread_;
  // Of that thread only.
  int64_t closed_ = 0;
  std::chrono::steady_clock::time_point next_report_;
};

// What is safe for this process: below its limit of open files, with room for its own.
int DescriptorsForConnections(int connections_max);

}  // namespace orderflow::rpc
