#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::postgres {
class Pool;
}
namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

class BatchWriter;
class OrdersInHand;
struct ReconciliationCursor;

struct ReconcilerOptions {
  ReconciliationPolicy policy{};
  DecisionPolicy decisions{};
  size_t payments_per_page = 200;                         // compared at a time
  Duration stretch_time{std::chrono::milliseconds(500)};  // after it Run() returns with a cursor
};

// Compares our payments and ledger with the provider's books, page by page, and closes by rule what
// can be closed (see Compare and OnDifference); the rest becomes findings.
//
// A run first goes through the provider's books for what we have no payment of, then through our
// payments. Memory is bounded by a page. A page is one transaction: repairs and their records,
// findings and the fence of the caller. Nothing happens twice however many runs there are at the
// same time: a repair compares the payment's version, operations are unique per kind, and their
// keys at the provider are those of the order's saga. A page whose commit is in doubt is simply
// done again. Threadsafe.
class Reconciler final : public Reconciliation {
 public:
  // Called in a page's transaction with the cursor behind that page (empty: complete).
  using Fence = std::function<absl::Status(postgres::Transaction&, const std::string& cursor)>;

  Reconciler(postgres::Pool& pool, PaymentStore& payments, PaymentBooks& ours,
             ProviderBooks& theirs, ReconciliationStore& store, ReconciliationActions& actions,
             BatchWriter& writer, OrdersInHand& orders, IdGenerator& ids, const Clock& clock,
             telemetry::Metrics& metrics, ReconcilerOptions options);

  // Pages until the run is complete or `stretch_time` has passed.
  absl::StatusOr<ReconciliationStretch> Run(
      const std::string& cursor, const std::optional<ReconciliationMandate>& mandate) override;

  // One page; `next_cursor` of the result says where to go on.
  absl::StatusOr<ReconciliationStretch> RunPage(const std::string& cursor,
                                                const std::optional<ReconciliationMandate>& mandate,
                                                const Fence& fence);

 private:
  absl::StatusOr<ReconciliationStretch> PageOfBooks(ReconciliationCursor& cursor);
  absl::StatusOr<ReconciliationStretch> PageOfPayments(ReconciliationCursor& cursor);
  absl::StatusOr<ReconciliationStretch> CompareOrders(std::span<const OrderId> order_ids);
  absl::StatusOr<ReconciliationStretch> Plan(const ReconciliationStretch& page);
  void ParkWhatCannotBeClosed(const ReconciliationMandate& mandate, ReconciliationStretch& page);
  absl::Status Close(postgres::Transaction& transaction, const ReconciliationMandate& mandate,
                     ReconciliationStretch& page);
  absl::StatusOr<PaymentBatch> ApplyRules(postgres::Transaction& transaction, Closure applied,
                                          ReconciliationStretch& page);
  void Count(const ReconciliationStretch& page);

  postgres::Pool& pool_;
  PaymentStore& payments_;
  PaymentBooks& ours_;
  ProviderBooks& theirs_;
  ReconciliationStore& store_;
  ReconciliationActions& actions_;
  BatchWriter& writer_;
  OrdersInHand& orders_;
  IdGenerator& ids_;
  const Clock& clock_;
  const ReconcilerOptions options_;
  telemetry::Counter& compared_;
  std::map<std::pair<DifferenceClass, Closure>, telemetry::Counter*> differences_;
};

}  // namespace orderflow::payment
