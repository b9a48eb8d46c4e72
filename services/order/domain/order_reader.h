#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <span>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/batch_queue.h"
#include "libs/base/clock.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

struct ReaderOptions {
  size_t batch_max = 256;   // orders per statement
  size_t queue_max = 2048;  // reads that may wait; beyond it they are refused
  Duration retry_delay{std::chrono::milliseconds(100)};  // what a refused client is asked to wait
};

// A read of one order. `done` is called exactly once: with an error, or with the order, which is
// null when there is none; it must not block.
struct OrderRead {
  OrderId order_id;
  Timestamp deadline;
  std::function<bool()> is_given_up = [] { return false; };
  std::function<void(const absl::Status& status, const Order* order)> done;
};

// Reads single orders many at a time: while a worker reads one batch, the next collects. There is
// no timer, so a read that is alone does not wait. Reads whose callers are gone are not made.
class OrderReader {
 public:
  // `store` and `clock` must outlive it.
  OrderReader(OrderStore& store, const Clock& clock, ReaderOptions options);

  // Threadsafe, never blocks. Refuses with kResourceExhausted, at once.
  void Submit(OrderRead read);

  // A worker; one or two are enough. Returns after stop or Close, when all that waited is answered.
  void Run(std::stop_token stop);

  // Refuses what comes from now on; what waits is still answered by the workers, which then return.
  void Close() { queue_.Close(); }

 private:
  using Batch = std::map<OrderId, std::vector<OrderRead>>;

  Batch Group(std::vector<OrderRead> waiting) const;
  void Process(const Batch& batch);
  absl::Status ReadAndAnswer(std::span<const OrderId> ids, const Batch& batch);

  OrderStore& store_;
  const Clock& clock_;
  const ReaderOptions options_;
  BatchQueue<OrderRead> queue_;
};

}  // namespace orderflow::order
