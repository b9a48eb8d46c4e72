#pragma once

#include <atomic>
#include <chrono>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "libs/base/mutex.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "tests/fault/history.h"
#include "tools/orderctl/demo/due_queue.h"
#include "tools/orderctl/demo/order_api.h"

namespace orderflow::fault {

// The clients of one round: they place, cancel, read and watch orders through the public API, one
// of each of the demo's scenarios in turn, and note everything in the history.
//
// A call without a final answer is repeated with the same request id until there is one. Some
// clients give up instead; some ask again for what they have long been told.
class Customers {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // Starts at once. `run` makes customer ids of this round distinct from all others.
  Customers(orderctl::OrderApi& api, order::v1::OrderService::StubInterface& stub, std::string run,
            ClientHistory& history);
  ~Customers();

  // Waits until `count` more orders are acknowledged than `since`; false: not by `deadline`.
  bool AwaitAcknowledged(int since, int count, SteadyTime deadline) const;

  // Places no more orders, and waits until each has its answer and is at rest. Complains about
  // those that are not by `deadline`.
  void Finish(SteadyTime deadline);

  // Ids of the customers of this round.
  std::vector<std::string> ids() const;

 private:
  void PlaceOrders(const std::stop_token& stop);
  void PlaceOrder(int number);
  void Cancel(int index);
  void TrackOrders();
  void Look(int index);
  void WatchOrders();
  template <class Call>
  absl::StatusOr<order::v1::Order> Repeat(int index, bool gives_up, Call call);
  void Rest(std::chrono::milliseconds time, const std::stop_token& stop);

  orderctl::OrderApi& api_;
  order::v1::OrderService::StubInterface& stub_;
  const std::string run_;
  ClientHistory& history_;
  std::atomic<int> next_ = 0;
  std::atomic<int> open_ = 0;   // placed, and neither at rest nor given up
  std::stop_source giving_up_;  // the round is over: calls are not repeated any more
  orderctl::DueQueue due_;
  orderctl::DueQueue to_watch_;
  Mutex mutex_;
  ConditionVariable never_;
  std::vector<std::jthread> followers_;
  std::vector<std::jthread> placers_;
};

}  // namespace orderflow::fault
