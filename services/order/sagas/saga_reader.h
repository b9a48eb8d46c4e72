#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

struct SagaFilter {
  std::optional<saga::SagaState> state;  // nothing: any
  Duration age_min{0};
  std::string step;                     // only sagas with this step under way; empty: any
  saga::Hold hold = saga::Hold::kNone;  // only sagas held so; kNone: any
  SagaId after;                         // only sagas younger than this one; empty: from the oldest
  int limit = 0;
};

struct StoredSaga {
  SagaRecord record;
  Timestamp update_time;
};

// An order's state and its latest saga as of one moment.
struct OrderSagaView {
  OrderState order_state = OrderState::kPending;
  StoredSaga saga;
  Timestamp now;  // the database's clock
};

// Counts that operators watch.
struct SagaCounts {
  int64_t past_due = 0;  // next_action_time more than 5 s ago: no orchestrator acts
  int64_t needs_attention = 0;
  int64_t paused = 0;  // by a person
};

// Sagas for operators to see (port). Read only, threadsafe. Errors: kUnavailable.
class SagaReader {
 public:
  virtual ~SagaReader() = default;

  // kNotFound. ByOrder returns the order's latest saga.
  virtual absl::StatusOr<StoredSaga> Get(const SagaId& saga_id) = 0;
  virtual absl::StatusOr<StoredSaga> ByOrder(const OrderId& order_id) = 0;
  // kNotFound.
  virtual absl::StatusOr<OrderSagaView> ViewOrder(const OrderId& order_id) = 0;
  // Oldest first.
  virtual absl::StatusOr<std::vector<StoredSaga>> List(const SagaFilter& filter) = 0;
  virtual absl::StatusOr<SagaCounts> Count() = 0;
};

}  // namespace orderflow::order
