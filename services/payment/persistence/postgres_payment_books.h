#pragma once

#include <span>
#include <vector>

#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::payment {

// Payments with their ledger transfers, in pages, for the reconciler.
class PostgresPaymentBooks final : public PaymentBooks {
 public:
  PostgresPaymentBooks(postgres::Pool& pool, PaymentStore& store) : pool_(pool), store_(store) {}

  absl::StatusOr<std::vector<OrderId>> ListOrders(const OrderId& after, size_t limit) override;
  absl::StatusOr<std::vector<OrderId>> WithoutPayment(std::span<const OrderId> order_ids) override;
  absl::StatusOr<OurBooks> Load(std::span<const OrderId> order_ids) override;

 private:
  postgres::Pool& pool_;
  PaymentStore& store_;
};

}  // namespace orderflow::payment
