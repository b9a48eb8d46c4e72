#include "services/order/grpc/watch_order_stream.h"

#include <utility>

#include "services/order/grpc/order_mapping.h"

namespace orderflow::order {
namespace {

// A client that is alive reads at once; one behind a broken connection is found by keepalive.
constexpr std::chrono::seconds kSendTimeMax(20);

}  // namespace

void WatchOrderStream::Start(Stream& stream, OrderWatchHub& hub,
                             std::unique_ptr<rpc::OpenStream> open_stream, OrderId order_id,
                             int64_t after_sequence) {
  std::shared_ptr<WatchOrderStream> watch(new WatchOrderStream(
      stream, hub, std::move(open_stream), std::move(order_id), after_sequence));
  stream.Tell(watch);
  if (const absl::Status status = hub.Add(watch->order_id_, watch); !status.ok()) {
    watch->End(status);
  }
}

void WatchOrderStream::Offer(const std::vector<StateChange>& changes) {
  MutexLock lock(mutex_);
  if (!may_see_) {
    held_back_.insert(held_back_.end(), changes.begin(), changes.end());
    return;
  }
  Take(changes);
  WriteNext();
}

void WatchOrderStream::OfferStored(const Order& order) {
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

void WatchOrderStream::Take(const std::vector<StateChange>& changes) {
  for (const StateChange& change : progress_.Take(changes)) {
    waiting_.push_back(ToProto(order_id_, change));
  }
}

void WatchOrderStream::End(const absl::Status& status) {
  MutexLock lock(mutex_);
  if (!finished_) {
    FinishWith(status);
  }
}

void WatchOrderStream::EndIfStuck() {
  MutexLock lock(mutex_);
  // gRPC takes small messages before the client does, so a stream may be stuck in its end, too.
  if ((writing_ || finished_) && stream_ != nullptr &&
      std::chrono::steady_clock::now() - sending_since_ > kSendTimeMax) {
    stream_->Cancel();
  }
}

void WatchOrderStream::OnWritten(bool ok) {
  MutexLock lock(mutex_);
  writing_ = false;
  if (finished_) {
    stream_->Finish(end_);
    return;
  }
  if (!ok) {
    waiting_.clear();
    client_gone_ = true;
  }
  WriteNext();
}

void WatchOrderStream::OnCancelled() {
  End(absl::CancelledError("the client cancelled the watch"));
}

void WatchOrderStream::OnDone() {
  {
    MutexLock lock(mutex_);
    stream_ = nullptr;
  }
  hub_.Remove(order_id_, this);
}

void WatchOrderStream::WriteNext() {
  if (writing_ || finished_) {
    return;
  }
  if (!waiting_.empty()) {
    current_ = std::move(waiting_.front());
    waiting_.pop_front();
    writing_ = true;
    sending_since_ = std::chrono::steady_clock::now();
    stream_->Write(current_);
  } else if (progress_.at_rest() || client_gone_) {
    FinishWith(absl::OkStatus());
  }
}

void WatchOrderStream::FinishWith(const absl::Status& status) {
  finished_ = true;
  sending_since_ = std::chrono::steady_clock::now();
  end_ = open_stream_->End(status);
  if (!writing_) {
    stream_->Finish(end_);
  }
}

}  // namespace orderflow::order
