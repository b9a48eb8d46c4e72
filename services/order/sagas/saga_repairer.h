#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/order/sagas/saga_action.h"

namespace orderflow::order {

// What became of an action on one order of a batch.
struct SagaActionResult {
  OrderId order_id;
  absl::StatusOr<SagaAction> action;
};

struct SagaActionFilter {
  OrderId order_id;    // empty: any
  std::string before;  // only actions older than this one; empty: from the newest
  int limit = 0;
};

// Does to sagas what a person decided, and remembers it (port). Threadsafe. Errors: kUnavailable
// (nothing stored), kUnknown (in doubt: the same request id learns what was stored).
class SagaRepairer {
 public:
  virtual ~SagaRepairer() = default;

  // Acts on the saga of each order in one transaction, with one record per order in the same
  // transaction. A refusal (kNotFound, and as DecideSagaAction and CheckSameAction say) stands in
  // that order's result and does not touch the others. The same request id again returns the first
  // record. Order ids must differ.
  virtual absl::StatusOr<std::vector<SagaActionResult>> Act(std::span<const OrderId> order_ids,
                                                            const SagaActionRequest& request) = 0;

  // The record of this request on this order, if there is one.
  virtual absl::StatusOr<std::optional<SagaAction>> Find(const RequestId& request_id,
                                                         const OrderId& order_id) = 0;

  // Newest first.
  virtual absl::StatusOr<std::vector<SagaAction>> ListActions(const SagaActionFilter& filter) = 0;
};

// Asks participants what they have done (port). Threadsafe.
class StepProof {
 public:
  virtual ~StepProof() = default;

  // OK when the participant's own state shows that `command` was carried out for the order, for
  // good. kFailedPrecondition: it does not, or cannot show it, and what it shows instead.
  // kUnavailable: the participant does not answer.
  virtual absl::Status Prove(const std::string& command, const OrderId& order_id) = 0;
};

}  // namespace orderflow::order
