#pragma once

#include <string>

#include "orderflow/order/v1/saga_admin_service.pb.h"
#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// What an action did, or would do: what changes, and which commands and events are sent.
std::string SagaActionText(const order::v1::SagaAction& action, const Terminal& terminal);

// One line per action.
std::string SagaActionsText(const order::v1::ListSagaActionsResponse& page,
                            const Terminal& terminal);

// Sums over the batches of one command.
struct RepairTotals {
  int done = 0;
  int refused = 0;
};
// Adds a batch to the totals.
void Count(const order::v1::BatchRepairSagasResponse& batch, RepairTotals& totals);
// A line per order that was refused; of a dry run also what would be done to each other one.
std::string RepairResultsText(const order::v1::BatchRepairSagasResponse& batch,
                              const Terminal& terminal);
// "7 done, 2 refused"; with `dry_run` "7 would be done, 2 refused".
std::string TotalsText(const RepairTotals& totals, bool dry_run);

}  // namespace orderflow::orderctl
