#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/postgres/pool.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

struct SagaFilter {
  std::optional<saga::SagaState> state;  // nothing: any
  Duration age_min{0};
  std::string step;  // only sagas with this step under way; empty: any
  SagaId after;      // only sagas younger than this one; empty: from the oldest
  int limit = 0;
};

struct StoredSaga {
  SagaRecord record;
  Timestamp update_time;
};

// Counts that operators watch.
struct SagaCounts {
  int64_t past_due = 0;  // next_action_time more than 5 s ago: no orchestrator acts
  int64_t needs_attention = 0;
};

// Sagas for operators to see. Read only, threadsafe.
class PostgresSagaReader {
 public:
  explicit PostgresSagaReader(postgres::Pool& pool) : pool_(pool) {}

  // kNotFound. ByOrder returns the order's latest saga.
  absl::StatusOr<StoredSaga> Get(const SagaId& saga_id);
  absl::StatusOr<StoredSaga> ByOrder(const OrderId& order_id);
  // Oldest first.
  absl::StatusOr<std::vector<StoredSaga>> List(const SagaFilter& filter);
  absl::StatusOr<SagaCounts> Count();

 private:
  absl::StatusOr<StoredSaga> GetOne(const postgres::Statement& statement, const std::string& id);

  postgres::Pool& pool_;
};

}  // namespace orderflow::order
