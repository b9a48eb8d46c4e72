#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <set>
#include <span>
#include <stop_token>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/batch_pace.h"
#include "libs/base/batch_queue.h"
#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "services/order/domain/create_order.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

struct AcceptorOptions {
  size_t batch_max = 128;   // orders per transaction
  size_t queue_max = 4096;  // requests that may wait; beyond it they are refused (who admits them
                            // should not let it come to that)
  BatchPace pace{};         // of the worker that takes what there is; a full batch ends a rest
  Duration retry_delay{std::chrono::milliseconds(200)};  // what a refused client is asked to wait
  Duration quote_timeout{std::chrono::seconds(2)};
  int doubtful_attempts_max = 3;  // rounds through a batch whose commit was in doubt
  // Told of each batch: its size, and how long its latest request has waited, less the rest before
  // the batch. That is long only when more wait than fit into a batch.
  std::function<void(size_t size, Duration wait)> on_batch = [](size_t, Duration) {};
  // Told of each order that this acceptor has stored, once, before its caller is answered; an
  // answer that is only repeated is none.
  std::function<void(const Order& order)> on_accepted = [](const Order&) {};
};

// Accepts orders with group commit: while a worker quotes and commits one batch, the next collects.
// An idle system adds no latency; a busy one keeps the pace, unless a full batch waits.
//
// Every request is answered exactly once. Idempotent by RequestKey: duplicates within a batch, in
// another batch and in another process all get the first answer, or REQUEST_ID_REUSED for another
// body. Retries: a batch whose commit is in doubt is done again, and what was stored after all is
// found by its keys; other errors go to the callers, who retry with the same request id.
class OrderAcceptor {
 public:
  using Done = std::function<void(absl::StatusOr<Order>)>;

  OrderAcceptor(OrderStore& store, PriceQuoter& quoter, const Clock& clock, IdGenerator& ids,
                AcceptorOptions options);

  // Threadsafe, never blocks. `done` may be called before Submit returns (refused:
  // kResourceExhausted).
  void Submit(CreateOrder request, Done done);

  // A worker: run it on as many threads as transactions may be under way. One of them takes what
  // there is, the others take full batches only: two small transactions cost more than a large one.
  // Returns after stop, when everything that was queued has been answered.
  void Run(std::stop_token stop);

  // Refuses what comes from now on; what waits is still answered by the workers, which then return.
  void Close() { queue_.Close(); }

 private:
  struct Pending {
    CreateOrder request;
    Done done;
    Timestamp since;
  };
  struct Batch {
    std::map<RequestKey, std::vector<Pending>> waiting;
    std::set<OrderId> drawn;  // ids of orders that were decided here and not yet answered
  };

  Duration Rest(size_t size, Duration took, const std::stop_token& stop);
  Batch Group(std::vector<Pending> waiting);
  void Process(Batch batch);
  absl::Status ProcessOnce(Batch& batch);
  absl::Status AnswerStored(Batch& batch);
  absl::StatusOr<Quotes> QuoteAll(const Batch& batch);
  std::vector<Decision> Decide(Batch& batch, const Quotes& quotes);
  void AnswerDecided(Batch& batch, std::span<const Decision> decisions,
                     const std::map<RequestKey, StoredAnswer>& answered_before);
  void Answer(Batch& batch, const RequestKey& key, const StoredAnswer& stored);

  OrderStore& store_;
  PriceQuoter& quoter_;
  const Clock& clock_;
  IdGenerator& ids_;
  const AcceptorOptions options_;
  BatchQueue<Pending> queue_;
  std::atomic<bool> has_first_worker_ = false;
  std::atomic<bool> without_prices_ = false;  // the latest batch could have none
};

}  // namespace orderflow::order
