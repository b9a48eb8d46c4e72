#pragma once

#include <string>
#include <vector>

#include "libs/postgres/pool.h"
#include "services/order/sagas/saga_reader.h"

namespace orderflow::order {

// SagaReader in PostgreSQL. Threadsafe.
class PostgresSagaReader final : public SagaReader {
 public:
  explicit PostgresSagaReader(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<StoredSaga> Get(const SagaId& saga_id) override;
  absl::StatusOr<StoredSaga> ByOrder(const OrderId& order_id) override;
  absl::StatusOr<OrderSagaView> ViewOrder(const OrderId& order_id) override;
  absl::StatusOr<std::vector<StoredSaga>> List(const SagaFilter& filter) override;
  absl::StatusOr<SagaCounts> Count() override;

 private:
  absl::StatusOr<StoredSaga> GetOne(const postgres::Statement& statement, const std::string& id);

  postgres::Pool& pool_;
};

}  // namespace orderflow::order
