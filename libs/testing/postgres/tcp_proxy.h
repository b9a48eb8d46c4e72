#pragma once

#include <memory>

namespace orderflow::testing {

// Stands between a client and a PostgreSQL server on this machine and cuts connections at the
// moments that matter for a COMMIT. Threadsafe.
class TcpProxy {
 public:
  enum class Fault {
    kNone,
    kCutBeforeCommit,  // the server never sees the COMMIT
    kCutAfterCommit,   // the server has committed, its answer is lost
  };

  explicit TcpProxy(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const;
  // Strikes at the next COMMIT, once.
  void Arm(Fault fault);
  // Whether the armed fault has struck.
  bool struck() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::testing
