#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/strong_id.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// What a person can do to an order's saga.
enum class SagaActionKind { kRetry, kSkip, kCompensate, kPause, kResume, kPark, kUnpark, kMigrate };

// "RETRY" and so on, as stored; Parse returns nothing for other text.
std::string ToString(SagaActionKind kind);
std::optional<SagaActionKind> ParseSagaActionKind(std::string_view text);

struct SagaActionRequest {
  RequestId request_id;
  SagaActionKind kind = SagaActionKind::kRetry;
  std::string actor;             // who does it
  std::string reason;            // why
  std::string step;              // of kSkip
  std::string evidence;          // of kSkip: how the person knows that the step was done
  int to_version = 0;            // of kMigrate: of the saga's definition
  int64_t expected_version = 0;  // of the saga's row; 0: any
  bool validate_only = false;    // decide, and change nothing
};

// An order and its saga before or after an action.
struct SagaSnapshot {
  OrderState order_state = OrderState::kPending;
  SagaRecord saga;
};

// What an action did, or with validate_only would do.
struct SagaAction {
  std::string action_id;  // UUID version 7; empty with validate_only
  OrderId order_id;
  SagaActionRequest request;
  SagaSnapshot before;
  SagaSnapshot after;                   // the saga that goes on, which may be another one
  std::vector<saga::Command> commands;  // sent, in this order
  std::vector<std::string> events;      // of the order, sent in this order: "OrderConfirmed"
  Timestamp time;
};

struct DecidedSagaAction {
  SagaAction action;
  WorkflowStep step;  // what is to be stored
};

// What the engine is told by an action that is an event of it: all but kMigrate.
saga::Event EventOf(const SagaActionRequest& request);

// Decides an action on an order's saga. Pure but for the ids that `workflow` draws.
//
// kFailedPrecondition: not possible in this state, or another version of the saga than expected.
// Compensating is possible while the pivot has not been started, and never for cancel_order. That
// a skipped step was done must have been proven before (SkipStep) for the expected version. Nor is
// anything possible with a saga whose definition is unknown to this binary.
absl::StatusOr<DecidedSagaAction> DecideSagaAction(OrderWorkflow& workflow,
                                                   const OrderAggregate& aggregate,
                                                   const SagaActionRequest& request,
                                                   const saga::EngineContext& context);

// OK when the saga is at this version, or any is wanted (0); kFailedPrecondition with the version
// that it is at.
absl::Status CheckSagaVersion(const SagaRecord& record, int64_t expected_version);

// OK when `stored` answers `request`; kAlreadyExists when its request id was used for something
// else.
absl::Status CheckSameAction(const SagaAction& stored, const SagaActionRequest& request);

// kAlreadyExists: a person's request id was used before for something else.
absl::Status ActionRequestIdReused(const RequestId& request_id);

// The command that a stuck step waits for: its action, or its compensation. kInvalidArgument: the
// saga has no such step.
absl::StatusOr<std::string> CommandOfStep(const saga::SagaInstance& saga, const std::string& step);

}  // namespace orderflow::order
