#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/base/uuid.h"
#include "libs/outbox/outbox_message.h"
#include "libs/saga/engine.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// A saga with what its row holds beside the engine's state.
struct SagaRecord {
  saga::SagaInstance saga;
  std::string traceparent;  // of the request that started it
  int64_t version = 0;      // of the stored row; 0: not stored yet
  Timestamp create_time;
  Timestamp update_time{};  // of the stored row: when its version came to be
};

// An order together with the saga that works for it.
struct OrderAggregate {
  Order order;
  SagaRecord current;
  int64_t stored_sequence = 0;  // of the order's stored row; 0: not stored yet
};

// What one or more events did to an aggregate. `aggregate.current` is the saga that goes on; a saga
// that ended while another one began is in `ended`.
struct WorkflowStep {
  OrderAggregate aggregate;
  std::vector<SagaRecord> ended;
  std::vector<outbox::OutboxMessage> messages;  // in publication order, complete with ids
  std::vector<saga::Command> commands = {};     // those among the messages
  bool order_changed = false;
  bool saga_changed = false;  // or its row's version has to tell that its order changed
  bool parked = false;        // the saga came to need attention in this step
  // The span that caused what is added next, in the order's trace; empty: that of the saga.
  std::string cause{};
};

// The aggregate as the database has it once the step is stored, as of `now`.
OrderAggregate AsStored(WorkflowStep&& step, Timestamp now);

// Joins order and saga: which saga an order runs, what a saga's end means for the order, and which
// messages go out. Pure but for the ids that it draws; every caller (API, replies, timers) goes
// through it. Threadsafe.
//
// Whatever changes an order while a saga works for it changes the saga, too (`saga_changed`): the
// version of the saga's row tells whether anybody has gone on with either. A cancel of an order
// whose saga has ended leaves that one alone; there the order's sequence tells.
class OrderWorkflow {
 public:
  explicit OrderWorkflow(IdGenerator& ids) : ids_(ids) {}

  // The steps that persons have paused, from now on: replaces those that were.
  void SetPausedSteps(saga::PausedSteps steps);

  // An accepted order: its place_order saga and first messages.
  WorkflowStep Start(Order order, const std::string& traceparent,
                     const saga::EngineContext& context);

  // A reply or timer for the saga `saga_id` of the step's aggregate, on top of what the step holds
  // already; a saga that no longer works for the order changes nothing. A refused refund counts as
  // failed: cancel_order has no way back. kUnimplemented (the step is as it was): the saga's
  // definition is unknown to this binary; a newer one must act on it.
  absl::Status Apply(WorkflowStep& step, const SagaId& saga_id, const saga::Event& event,
                     const saga::EngineContext& context);

  // The customer cancels. Mid-flight before the pivot: the saga compensates; later, the saga first
  // completes and the cancel_order saga follows; CONFIRMED: it starts now. The same request id
  // again changes nothing. kFailedPrecondition with the state otherwise. kUnavailable: the saga's
  // definition is unknown to this binary; a newer one, which is being rolled out, can cancel.
  // `traceparent` is the cancel's, in the order's trace.
  absl::StatusOr<WorkflowStep> Cancel(const OrderAggregate& aggregate, const RequestId& request_id,
                                      const std::string& reason, const std::string& traceparent,
                                      const saga::EngineContext& context);

  // A person moves the step's saga to `to`, another version of its definition. Errors as of
  // Engine::Migrate; kUnimplemented: the saga's definition is unknown to this binary.
  absl::Status Migrate(WorkflowStep& step, const saga::SagaDefinition& to,
                       const saga::EngineContext& context);

 private:
  saga::EngineContext WithPausedSteps(const saga::EngineContext& context) const;
  void Adopt(WorkflowStep& step, saga::Transition transition);
  void Publish(WorkflowStep& step, outbox::OutboxMessage message);
  void PublishEvent(WorkflowStep& step, bool refunded);
  void StartCancelOrder(WorkflowStep& step, const saga::EngineContext& context);
  absl::Status Conclude(WorkflowStep& step, const saga::EngineContext& context);

  IdGenerator& ids_;
  mutable Mutex mutex_;
  std::shared_ptr<const saga::PausedSteps> paused_steps_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::order
