#pragma once

#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "libs/base/uuid.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "services/order/sagas/saga_repairer.h"

namespace orderflow::order {

// SagaRepairer in PostgreSQL. Threadsafe when `on_step` is. Errors as in libs/postgres/errors.h.
class PostgresSagaRepairer final : public SagaRepairer {
 public:
  // `on_step` hears of each step once it is committed; it must not block or throw.
  PostgresSagaRepairer(postgres::Pool& pool, outbox::Outbox& outbox, OrderWorkflow& workflow,
                       IdGenerator& ids, std::function<void(const WorkflowStep&)> on_step)
      : pool_(pool),
        outbox_(outbox),
        workflow_(workflow),
        ids_(ids),
        on_step_(std::move(on_step)) {}

  absl::StatusOr<std::vector<SagaActionResult>> Act(std::span<const OrderId> order_ids,
                                                    const SagaActionRequest& request) override;
  absl::StatusOr<std::optional<SagaAction>> Find(const RequestId& request_id,
                                                 const OrderId& order_id) override;
  absl::StatusOr<std::vector<SagaAction>> ListActions(const SagaActionFilter& filter) override;

 private:
  struct Batch;
  absl::Status Decide(postgres::Transaction& transaction, std::span<const OrderId> order_ids,
                      const SagaActionRequest& request, Batch& batch);
  absl::Status Store(postgres::Transaction& transaction, Batch& batch);

  postgres::Pool& pool_;
  outbox::Outbox& outbox_;
  OrderWorkflow& workflow_;
  IdGenerator& ids_;
  const std::function<void(const WorkflowStep&)> on_step_;
};

}  // namespace orderflow::order
