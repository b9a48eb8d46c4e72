#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::payment {

// Findings and the progress of the background run, in reconciliation_findings and
// reconciliation_progress.
class PostgresReconciliationStore final : public ReconciliationStore, public FindingReader {
 public:
  explicit PostgresReconciliationStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<Timestamp> Now() override;
  absl::Status Record(postgres::Transaction& transaction,
                      std::span<const Finding> findings) override;
  absl::Status CloseUnseen(postgres::Transaction& transaction, Timestamp start) override;
  absl::StatusOr<std::optional<RunLease>> Claim(Duration interval, Duration lease) override;
  absl::Status Advance(postgres::Transaction& transaction, const RunLease& held,
                       const std::string& cursor, Duration lease) override;
  absl::StatusOr<ReconciliationFigures> Measure() override;
  absl::StatusOr<std::vector<Finding>> List(const FindingFilter& filter) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::payment
