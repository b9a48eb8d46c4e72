#include "services/order/grpc/watch_order_reactor.h"

#include <utility>

#include "services/order/grpc/order_mapping.h"

namespace orderflow::order {
namespace {

// A client that is alive reads at once; one behind a broken connection is found by keepalive.
constexpr std::chrono::seconds kSendTimeMax(20);

}  // namespace

WatchOrderReactor* WatchOrderReactor::Start(grpc::CallbackServerContext& context,
                                            OrderWatchHub& hub,
                                            std::unique_ptr<rpc::OpenStream> open_stream,
                                            OrderId order_id, int64_t after_sequence) {
  std::shared_ptr<WatchOrderReactor> reactor(new WatchOrderReactor(
      context, hub, std::move(open_stream), std::move(order_id), after_sequence));
  reactor->self_ = reactor;
  if (const absl::Status status = hub.Add(reactor->order_id_, reactor); !status.ok()) {
    reactor->End(status);
  }
  return reactor.get();
}

void WatchOrderReactor::Offer(const std::vector<StateChange>& changes) {
  MutexLock lock(mutex_);
  if (!may_see_) {
    held_back_.insert(held_back_.end(), changes.begin(), changes.end());
    return;
  }
  Take(changes);
  WriteNext();
}

void WatchOrderReactor::OfferStored(const Order& order) {
  MutexLock lock(mutex_);
  if (!open_stream_->caller().MayActFor(order.customer_id.value())) {
    if (!finished_) {
      FinishWith(OrderNotFound(order_id_));
    }
    return;
  }
  may_see_ = true;
  Take(order.history);
  Take(held_back_);
  held_back_.clear();
  WriteNext();
}

void WatchOrderReactor::Take(const std::vector<StateChange>& changes) {
  for (const StateChange& change : progress_.Take(changes)) {
    waiting_.push_back(ToProto(order_id_, change));
  }
}

void WatchOrderReactor::End(const absl::Status& status) {
  MutexLock lock(mutex_);
  if (!finished_) {
    FinishWith(status);
  }
}

void WatchOrderReactor::EndIfStuck() {
  MutexLock lock(mutex_);
  // gRPC takes small messages before the client does, so a stream may be stuck in its end, too.
  if ((writing_ || finished_) && context_ != nullptr &&
      std::chrono::steady_clock::now() - sending_since_ > kSendTimeMax) {
    context_->TryCancel();
  }
}

void WatchOrderReactor::OnWriteDone(bool ok) {
  MutexLock lock(mutex_);
  writing_ = false;
  if (!ok) {
    waiting_.clear();
    client_gone_ = true;
  }
  WriteNext();
}

void WatchOrderReactor::OnCancel() { End(absl::CancelledError("the client cancelled the watch")); }

void WatchOrderReactor::OnDone() {
  {
    MutexLock lock(mutex_);
    context_ = nullptr;
  }
  hub_.Remove(order_id_, this);
  self_.reset();
}

void WatchOrderReactor::WriteNext() {
  if (writing_ || finished_) {
    return;
  }
  if (!waiting_.empty()) {
    current_ = std::move(waiting_.front());
    waiting_.pop_front();
    writing_ = true;
    sending_since_ = std::chrono::steady_clock::now();
    StartWrite(&current_);
  } else if (progress_.at_rest() || client_gone_) {
    FinishWith(absl::OkStatus());
  }
}

void WatchOrderReactor::FinishWith(const absl::Status& status) {
  finished_ = true;
  sending_since_ = std::chrono::steady_clock::now();
  Finish(open_stream_->End(status));
}

}  // namespace orderflow::order
