#pragma once

#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "services/order/domain/order_store.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// OrderStore in PostgreSQL. Threadsafe. Errors as in libs/postgres/errors.h.
class PostgresOrderStore final : public OrderStore {
 public:
  PostgresOrderStore(postgres::Pool& pool, outbox::Outbox& outbox, OrderWorkflow& workflow,
                     const Clock& clock)
      : pool_(pool), outbox_(outbox), workflow_(workflow), clock_(clock) {}

  // Writes (counts the replay) even though it only reads: an answer that a synchronous replica does
  // not have yet must not be given, and only a commit waits for the replica.
  absl::StatusOr<std::map<RequestKey, StoredAnswer>> FindAnswers(
      std::span<const RequestKey> keys) override;
  absl::StatusOr<std::map<RequestKey, StoredAnswer>> Accept(
      std::span<const Decision> decisions) override;
  absl::StatusOr<std::map<OrderId, Order>> Get(std::span<const OrderId> order_ids) override;
  absl::StatusOr<std::vector<Order>> List(const OrderFilter& filter) override;
  absl::StatusOr<CancelledOrder> Cancel(const OrderId& order_id, const RequestId& request_id,
                                        const std::string& reason,
                                        const std::string& traceparent) override;

 private:
  postgres::Pool& pool_;
  outbox::Outbox& outbox_;
  OrderWorkflow& workflow_;
  const Clock& clock_;
};

}  // namespace orderflow::order
