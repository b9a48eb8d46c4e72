#pragma once

#include <span>
#include <vector>

#include "services/payment/domain/payment_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::payment {

// Payments in the tables payments, payment_operations and ledger_transfers. Stateless, threadsafe.
class PostgresPaymentStore final : public PaymentStore {
 public:
  absl::StatusOr<Payments> Load(postgres::Transaction& transaction,
                                std::span<const OrderId> order_ids) override;
  absl::Status Store(postgres::Transaction& transaction, std::span<const PaymentChange> changes,
                     std::span<const LedgerTransfer> transfers) override;
};

// Due operations and the figures about them, in the same tables.
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
