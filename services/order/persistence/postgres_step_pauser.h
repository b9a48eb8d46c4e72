#pragma once

#include <vector>

#include "libs/postgres/pool.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// StepPauser in PostgreSQL: the newest row of a step tells whether it is paused. Threadsafe. Errors
// as in libs/postgres/errors.h.
class PostgresStepPauser final : public StepPauser {
 public:
  explicit PostgresStepPauser(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<StepAction> Act(const StepActionRequest& request) override;
  absl::StatusOr<std::vector<StepAction>> List(int64_t before, int limit) override;
  absl::StatusOr<saga::PausedSteps> Paused() override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::order
