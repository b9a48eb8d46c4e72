#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "tools/loadgen/order_mix.h"
#include "tools/loadgen/run_log.h"

namespace grpc {
class ChannelCredentials;
}

namespace orderflow::loadgen {

struct SenderOptions {
  std::string order_address;
  std::shared_ptr<grpc::ChannelCredentials> credentials{};  // null: plaintext
  Duration call_timeout{std::chrono::seconds(5)};
  // An order that was not answered, or answered that it may be repeated, is called for so many
  // times in all, each time with the same request id: as an app does. 1: never again.
  int attempts_max = 1;
  int in_flight_max = 20'000;  // beyond it an order counts as failed and is not sent
};

// Sends CreateOrder calls at their intended times, whatever has become of the earlier ones (open
// loop), and notes when each was answered. Send() blocks its thread for the length of the run.
class OrderSender {
 public:
  OrderSender(SenderOptions options, std::chrono::steady_clock::time_point start);
  ~OrderSender();

  // Sends every order of `log`, whose intended times ascend. Then waits for all answers.
  void Send(OrderMix& mix, std::vector<OrderLog>& log);

  // How late the latest send was, in milliseconds: the generator itself keeps up when it is small.
  double lag_max_ms() const { return static_cast<double>(lag_max_) / 1e3; }
  // Failed orders by the name of the last status code, and calls that were repeated by that of
  // theirs.
  std::map<std::string, int64_t> failures() const;
  std::map<std::string, int64_t> repeats() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
  const SenderOptions options_;
  const std::chrono::steady_clock::time_point start_;
  Moment lag_max_ = 0;
};

}  // namespace orderflow::loadgen
