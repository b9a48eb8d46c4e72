#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "services/payment_provider_simulator/domain/book_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::payment_provider_simulator {

// The books in the tables operations and holds. Updates by several processes at the same time are
// caught by unique keys and by comparing hold states; the loser runs again. Threadsafe.
class PostgresBookStore final : public BookStore {
 public:
  explicit PostgresBookStore(postgres::Pool& pool) : pool_(pool) {}

  absl::Status Update(std::span<const MerchantCall> calls,
                      const std::function<void(Books&)>& decide) override;
  absl::StatusOr<Operation> Find(const std::string& idempotency_key) override;
  absl::StatusOr<std::vector<Operation>> List(const OperationFilter& filter) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::payment_provider_simulator
