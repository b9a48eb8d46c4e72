#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/batch_queue.h"
#include "libs/base/mutex.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

// One WatchOrder call, as the hub sees it.
class OrderWatcher {
 public:
  virtual ~OrderWatcher() = default;
  // State changes of the order, ascending by sequence; may repeat what was offered before. Called
  // from any thread; must not block or call the hub.
  virtual void Offer(const std::vector<StateChange>& changes) = 0;
  // The order as it is stored, which a watcher is shown before any other change counts for it.
  // Called and bound as Offer is.
  virtual void OfferStored(const Order& order) { Offer(order.history); }
  // No more changes will be offered.
  virtual void End(const absl::Status& status) = 0;
  // Asked about once a second: gives up a client that takes nothing of what it is sent.
  virtual void EndIfStuck() = 0;
};

// Brings state changes to those who watch: first what is stored, then what order.events tells. A
// watcher registers before its history is read, so nothing falls in between; a gap in the live
// sequence makes the hub read the history again. Histories are read in batches. Threadsafe.
class OrderWatchHub {
 public:
  OrderWatchHub(OrderStore& store, size_t watchers_max);

  // kResourceExhausted when too many watch; kUnavailable after Close.
  absl::Status Add(const OrderId& order_id, std::shared_ptr<OrderWatcher> watcher);
  void Remove(const OrderId& order_id, const OrderWatcher* watcher);

  bool IsWatched(const OrderId& order_id) const;
  // A state change has been published.
  void Publish(const OrderId& order_id, const StateChange& change);
  // Live events may have been missed: reads the history of everything that is watched.
  void Resync();

  // Gives up watches whose clients do not read, so that they cannot take the places of others.
  void EndStuck();

  // Reads histories until stop; the caller's thread.
  void Run(std::stop_token stop);

  // Ends every watch with kUnavailable, so that clients resume elsewhere.
  void Close();

 private:
  struct Watched {
    std::set<std::shared_ptr<OrderWatcher>> watchers;
    int64_t last_sequence = 0;  // 0: history not read yet
  };

  void ReadHistories(const std::vector<OrderId>& order_ids);
  void EndWatch(const OrderId& order_id, const absl::Status& status);

  OrderStore& store_;
  const size_t watchers_max_;
  BatchQueue<OrderId> to_read_;
  mutable Mutex mutex_;
  std::map<OrderId, Watched> watched_ ABSL_GUARDED_BY(mutex_);
  size_t watchers_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::order
