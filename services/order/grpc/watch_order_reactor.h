#pragma once

#include <deque>
#include <memory>

#include "grpcpp/grpcpp.h"
#include "libs/base/mutex.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "services/order/domain/order_watch_hub.h"
#include "services/order/domain/watch_progress.h"

namespace orderflow::order {

// One WatchOrder stream: sends each state change once, in order, and ends with OK after a state in
// which nothing is under way. What waits is bounded, because an order has few state changes.
class WatchOrderReactor final : public grpc::ServerWriteReactor<v1::OrderStateChange>,
                                public OrderWatcher {
 public:
  // Begins the stream. gRPC owns it from here until OnDone.
  static WatchOrderReactor* Start(OrderWatchHub& hub, OrderId order_id, int64_t after_sequence);

  void Offer(const std::vector<StateChange>& changes) override;
  void End(const absl::Status& status) override;

  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  WatchOrderReactor(OrderWatchHub& hub, OrderId order_id, int64_t after_sequence)
      : hub_(hub), order_id_(std::move(order_id)), progress_(after_sequence) {}

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  OrderWatchHub& hub_;
  const OrderId order_id_;
  std::shared_ptr<WatchOrderReactor> self_;  // until OnDone

  Mutex mutex_;
  WatchProgress progress_ ABSL_GUARDED_BY(mutex_);
  bool client_gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<v1::OrderStateChange> waiting_ ABSL_GUARDED_BY(mutex_);
  v1::OrderStateChange current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::order
