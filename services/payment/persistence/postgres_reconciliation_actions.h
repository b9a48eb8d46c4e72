#pragma once

#include <span>
#include <vector>

#include "services/payment/domain/reconciliation_action.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::payment {

// In reconciliation_actions.
class PostgresReconciliationActions final : public ReconciliationActions {
 public:
  explicit PostgresReconciliationActions(postgres::Pool& pool) : pool_(pool) {}

  absl::Status Append(postgres::Transaction& transaction,
                      std::span<const ReconciliationAction> actions) override;
  absl::StatusOr<std::vector<ReconciliationAction>> List(
      const ReconciliationActionFilter& filter) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::payment
