#pragma once

#include <chrono>
#include <deque>
#include <memory>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/rpc/open_stream.h"
#include "libs/rpc/server_stream.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "services/order/domain/order_watch_hub.h"
#include "services/order/domain/watch_progress.h"

namespace orderflow::order {

// One WatchOrder stream, for who may see the order (others are told that there is none): sends each
// state change once, in order, and ends with OK after a state in which nothing is under way. What
// waits is bounded, because an order has few state changes; a client that takes nothing for a while
// loses its stream, and may resume.
class WatchOrderStream final : public rpc::ServerStreamListener, public OrderWatcher {
 public:
  using Stream = rpc::ServerStream<v1::OrderStateChange>;

  // Begins the stream and lives until its end.
  static void Start(Stream& stream, OrderWatchHub& hub,
                    std::unique_ptr<rpc::OpenStream> open_stream, OrderId order_id,
                    int64_t after_sequence);

  void Offer(const std::vector<StateChange>& changes) override;
  void OfferStored(const Order& order) override;
  void End(const absl::Status& status) override;
  void EndIfStuck() override;

  void OnWritten(bool ok) override;
  void OnCancelled() override;
  void OnDone() override;

 private:
  WatchOrderStream(Stream& stream, OrderWatchHub& hub, std::unique_ptr<rpc::OpenStream> open_stream,
                   OrderId order_id, int64_t after_sequence)
      : hub_(hub),
        open_stream_(std::move(open_stream)),
        order_id_(std::move(order_id)),
        stream_(&stream),
        progress_(after_sequence) {}

  void Take(const std::vector<StateChange>& changes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Once. The stream ends when nothing is being written any more.
  void FinishWith(const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  OrderWatchHub& hub_;
  const std::unique_ptr<rpc::OpenStream> open_stream_;
  const OrderId order_id_;

  Mutex mutex_;
  Stream* stream_ ABSL_GUARDED_BY(mutex_);  // null from OnDone on
  WatchProgress progress_ ABSL_GUARDED_BY(mutex_);
  bool may_see_ ABSL_GUARDED_BY(mutex_) = false;  // until then, changes are held back
  std::vector<StateChange> held_back_ ABSL_GUARDED_BY(mutex_);
  bool client_gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_ ABSL_GUARDED_BY(mutex_);  // of a finished stream
  // Since when gRPC has something that the client must take.
  std::chrono::steady_clock::time_point sending_since_ ABSL_GUARDED_BY(mutex_);
  std::deque<v1::OrderStateChange> waiting_ ABSL_GUARDED_BY(mutex_);
  v1::OrderStateChange current_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::order
