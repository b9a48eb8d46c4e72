#include "services/order/domain/order_watch_hub.h"

#include <algorithm>
#include <utility>

#include "libs/base/errors.h"

namespace orderflow::order {
namespace {

constexpr size_t kReadBatchMax = 256;

absl::Status Stopping() {
  return TypedError(absl::StatusCode::kUnavailable,
                    "this server is stopping; resume with the last sequence seen", "SHUTTING_DOWN");
}

}  // namespace

OrderWatchHub::OrderWatchHub(OrderStore& store, size_t watchers_max)
    : store_(store), watchers_max_(watchers_max), to_read_(2 * watchers_max) {}

absl::Status OrderWatchHub::Add(const OrderId& order_id, std::shared_ptr<OrderWatcher> watcher) {
  {
    MutexLock lock(mutex_);
    if (closed_) {
      return Stopping();
    }
    if (watchers_ >= watchers_max_) {
      return Overloaded("too many orders are being watched", std::chrono::seconds(1));
    }
    watched_[order_id].watchers.insert(std::move(watcher));
    ++watchers_;
  }
  if (!to_read_.TryPush(OrderId(order_id))) {
    return Overloaded("too many watches are being opened", std::chrono::seconds(1));
  }
  return absl::OkStatus();
}

void OrderWatchHub::Remove(const OrderId& order_id, const OrderWatcher* watcher) {
  MutexLock lock(mutex_);
  const auto found = watched_.find(order_id);
  if (found == watched_.end()) {
    return;
  }
  auto& watchers = found->second.watchers;
  const auto entry = std::find_if(watchers.begin(), watchers.end(),
                                  [&](const auto& w) { return w.get() == watcher; });
  if (entry != watchers.end()) {
    watchers.erase(entry);
    --watchers_;
  }
  if (watchers.empty()) {
    watched_.erase(found);
  }
}

bool OrderWatchHub::IsWatched(const OrderId& order_id) const {
  MutexLock lock(mutex_);
  return watched_.contains(order_id);
}

void OrderWatchHub::Publish(const OrderId& order_id, const StateChange& change) {
  MutexLock lock(mutex_);
  const auto found = watched_.find(order_id);
  if (found == watched_.end() || change.sequence <= found->second.last_sequence) {
    return;
  }
  Watched& watched = found->second;
  if (watched.last_sequence == 0 || change.sequence > watched.last_sequence + 1) {
    // Not read yet, or a change was missed: what is stored has it all. A full queue loses nothing,
    // because whatever fills it is read in turn and the next change tries again.
    (void)to_read_.TryPush(OrderId(order_id));
    return;
  }
  watched.last_sequence = change.sequence;
  for (const auto& watcher : watched.watchers) {
    watcher->Offer({change});
  }
}

void OrderWatchHub::Resync() {
  MutexLock lock(mutex_);
  for (const auto& [order_id, watched] : watched_) {
    (void)to_read_.TryPush(OrderId(order_id));
  }
}

void OrderWatchHub::EndStuck() {
  std::vector<std::shared_ptr<OrderWatcher>> all;
  {
    MutexLock lock(mutex_);
    all.reserve(watchers_);
    for (const auto& [order_id, watched] : watched_) {
      all.insert(all.end(), watched.watchers.begin(), watched.watchers.end());
    }
  }
  // Without the lock: a watch that ends leaves the hub.
  for (const std::shared_ptr<OrderWatcher>& watcher : all) {
    watcher->EndIfStuck();
  }
}

void OrderWatchHub::Run(std::stop_token stop) {
  while (true) {
    std::vector<OrderId> batch = to_read_.PopBatch(kReadBatchMax, stop);
    if (batch.empty()) {
      return;
    }
    std::sort(batch.begin(), batch.end());
    batch.erase(std::unique(batch.begin(), batch.end()), batch.end());
    ReadHistories(batch);
  }
}

void OrderWatchHub::ReadHistories(const std::vector<OrderId>& order_ids) {
  const auto orders = store_.Get(order_ids);
  for (const OrderId& order_id : order_ids) {
    if (!orders.ok()) {
      EndWatch(order_id, orders.status());
      continue;
    }
    const auto order = orders->find(order_id);
    if (order == orders->end()) {
      EndWatch(order_id, OrderNotFound(order_id));
      continue;
    }
    MutexLock lock(mutex_);
    if (const auto found = watched_.find(order_id); found != watched_.end()) {
      found->second.last_sequence = std::max(found->second.last_sequence, order->second.sequence());
      for (const auto& watcher : found->second.watchers) {
        watcher->OfferStored(order->second);
      }
    }
  }
}

void OrderWatchHub::EndWatch(const OrderId& order_id, const absl::Status& status) {
  MutexLock lock(mutex_);
  if (const auto found = watched_.find(order_id); found != watched_.end()) {
    for (const auto& watcher : found->second.watchers) {
      watcher->End(status);
    }
  }
}

void OrderWatchHub::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (const auto& [order_id, watched] : watched_) {
    for (const auto& watcher : watched.watchers) {
      watcher->End(Stopping());
    }
  }
}

}  // namespace orderflow::order
