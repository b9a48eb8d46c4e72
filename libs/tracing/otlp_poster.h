#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "libs/base/clock.h"

namespace orderflow::tracing {

struct CollectorAddress {
  std::string url;               // http:// or https://, with the path
  std::string headers_file;      // lines "name: value", read for each request; empty: none
  std::string authorities_file;  // PEM; empty: those of the system
  Duration timeout{std::chrono::seconds(5)};
};

// How a request ended.
struct PostResult {
  enum class Kind {
    kAnswered,
    kUnreachable,  // no connection, or it broke
    kTimedOut,
    kWrongSettings,  // the headers or the authorities cannot be read
  };
  Kind kind = Kind::kUnreachable;
  long status = 0;  // of HTTP, for kAnswered
  std::string body{};
  std::optional<std::chrono::seconds> retry_after{};  // as the collector asked for
  std::string error{};                                // for logs; without the body
};

// Posts JSON to a collector, one request after the other over a connection that is kept. Post by
// one thread; Abort by any.
class OtlpPoster {
 public:
  explicit OtlpPoster(CollectorAddress address);
  ~OtlpPoster();

  // One try, within the timeout.
  PostResult Post(const std::string& body);

  // From then on a request that is under way is given up, within about a second.
  void AbortAt(std::chrono::steady_clock::time_point time);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::tracing
