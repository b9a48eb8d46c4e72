#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "tools/loadgen/call_report.h"
#include "tools/loadgen/order_mix.h"

namespace grpc {
class ChannelCredentials;
}

namespace orderflow::loadgen {

struct CallOptions {
  std::string order_address;
  std::shared_ptr<grpc::ChannelCredentials> credentials{};  // null: plaintext
  // Calls per second, each counted from the moment at which it was due (open loop). 0: the next
  // call follows the answer to one before it, counted from its sending, so that `in_flight_max`
  // are always under way: that finds the most that can be done.
  double rate = 0;
  int in_flight_max = 64;  // with a rate, a call that is due beyond it is an error
  std::chrono::seconds warmup{2};
  std::chrono::seconds measured{10};
  Duration call_timeout{std::chrono::seconds(5)};
};

struct CallResult {
  CallReport report;
  double lag_max_ms = 0;                    // how late the latest call that was due was sent
  std::map<std::string, int64_t> failures;  // of the window, by status code
};

// Both use one thread with one completion queue: the client that takes least from what it measures.
// kUnavailable: nobody listens at the address.

// GetOrder of the newest `orders` orders, with a Zipf distribution. kFailedPrecondition: there are
// not so many.
absl::StatusOr<CallResult> RunReads(const CallOptions& options, int orders, double zipf_exponent);

// CreateOrder and nothing after it: what becomes of the orders is not looked at.
absl::StatusOr<CallResult> RunAccepts(const CallOptions& options, const MixOptions& mix);

}  // namespace orderflow::loadgen
