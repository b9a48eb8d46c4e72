#pragma once

#include <span>
#include <vector>

#include "libs/base/clock.h"
#include "services/payment/domain/payment_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::payment {

// Payments, each with its operations in one row, and ledger_transfers. Threadsafe.
class PostgresPaymentStore final : public PaymentStore {
 public:
  // The clock says when operations were created and changed.
  explicit PostgresPaymentStore(const Clock& clock) : clock_(clock) {}

  absl::StatusOr<Payments> Load(postgres::Transaction& transaction,
                                std::span<const OrderId> order_ids) override;
  absl::Status Store(postgres::Transaction& transaction, std::span<const PaymentChange> changes,
                     std::span<const LedgerTransfer> transfers) override;

 private:
  const Clock& clock_;
};

// Due operations and the figures about them, in the same table.
class PostgresOpenOperations final : public OpenOperations {
 public:
  PostgresOpenOperations(postgres::Pool& pool, PaymentStore& store) : pool_(pool), store_(store) {}

  absl::StatusOr<std::vector<ProviderCall>> ClaimDue(size_t limit, Duration lease) override;
  absl::StatusOr<std::vector<HintedOperation>> FindOpen(
      std::span<const OperationKey> keys) override;
  absl::StatusOr<UnknownOperations> CountUnknown() override;

 private:
  postgres::Pool& pool_;
  PaymentStore& store_;
};

// Reads for the API.
class PostgresPaymentReader final : public PaymentReader {
 public:
  explicit PostgresPaymentReader(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<Payment> Get(const OrderId& order_id) override;
  absl::StatusOr<std::vector<Payment>> List(const PaymentFilter& filter) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::payment
