#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace orderflow::testing {

// Stands between a client and a server on this machine and disturbs what passes: at the moments
// that matter for a COMMIT of PostgreSQL, in the middle of a message, or all of it. Threadsafe.
class TcpProxy {
 public:
  // Strikes once, at the next occasion.
  enum class Fault {
    kNone,
    kCutBeforeCommit,  // the server never sees the COMMIT
    kCutAfterCommit,   // the server has committed, its answer is lost
    kResetMidMessage,  // half of the server's next message arrives, then a reset
  };
  // What holds for all connections until it is changed.
  enum class Link {
    kOpen,
    kRefused,       // every connection is reset, new ones at once
    kFrozen,        // connections stay and nothing passes; what waits passes when it opens again
    kOnlyToServer,  // the same in one direction: nothing comes back
    kOnlyToClient,  // nothing arrives
    kSlow,          // each message waits kSlowDelay
  };
  static constexpr std::chrono::milliseconds kSlowDelay{150};

  // What was done to connections since the start.
  struct Counts {
    int64_t reset = 0;     // connections ended, or ended as they came, while kRefused
    int64_t withheld = 0;  // looks at messages that could not pass
    int64_t delayed = 0;   // messages that waited
  };

  explicit TcpProxy(int target_port);
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const;
  void Arm(Fault fault);
  // Whether the armed fault has struck.
  bool struck() const;
  void SetLink(Link link);
  // Where new connections go.
  void SetTarget(int target_port);
  Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::testing
