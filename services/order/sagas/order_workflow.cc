#include "services/order/sagas/order_workflow.h"

#include <iterator>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/invariant.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "services/order/domain/create_order.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/inventory_proxy.h"
#include "services/order/sagas/order_event_message.h"
#include "services/order/sagas/payment_proxy.h"
#include "services/order/sagas/place_order_saga.h"
#include "services/order/sagas/refusal_codec.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

absl::Status CannotBeCancelled(const Order& order) {
  const std::string state(ToString(order.state()));
  return TypedError(
      absl::StatusCode::kFailedPrecondition,
      fmt::format("order {} is {} and can no longer be cancelled", order.order_id.value(), state),
      "ORDER_NOT_CANCELLABLE", {{"order_id", order.order_id.value()}, {"state", state}});
}

// Nobody may refuse the refund of a confirmed order: whoever does contradicts our books, and a saga
// that ended with it would leave the order paid and the customer without an answer. It counts as a
// failure: the saga asks again, runs out of attempts and parks for a person.
saga::Event WithoutRefusedRefund(const saga::SagaInstance& saga, const saga::Event& event) {
  const auto* reply = std::get_if<saga::ReplyReceived>(&event);
  if (reply == nullptr || saga.definition != kCancelOrder || reply->step != kRefundPaymentStep ||
      reply->outcome != saga::Outcome::kRefused || IsPlanted(PlantedBug::kRefusedRefundEndsSaga)) {
    return event;
  }
  saga::ReplyReceived failed = *reply;
  failed.outcome = saga::Outcome::kFailed;
  failed.refusal.clear();
  failed.error = fmt::format(
      "the refund of a confirmed order was refused: {}; compare payment and "
      "ledger",
      reply->error.empty() ? "no reason was given" : reply->error);
  return failed;
}

}  // namespace

OrderAggregate AsStored(WorkflowStep&& step, Timestamp now) {
  OrderAggregate stored = std::move(step.aggregate);
  SagaRecord& saga = stored.current;
  if (step.saga_changed) {
    saga.update_time = saga.version == 0 ? saga.create_time : now;
    ++saga.version;  // the first is 1
  }
  stored.stored_sequence = stored.order.sequence();
  return stored;
}

void OrderWorkflow::SetPausedSteps(saga::PausedSteps steps) {
  auto shared = std::make_shared<const saga::PausedSteps>(std::move(steps));
  MutexLock lock(mutex_);
  paused_steps_ = std::move(shared);
}

saga::EngineContext OrderWorkflow::WithPausedSteps(const saga::EngineContext& context) const {
  MutexLock lock(mutex_);
  return {.now = context.now, .random01 = context.random01, .paused_steps = paused_steps_};
}

WorkflowStep OrderWorkflow::Start(Order order, const std::string& traceparent,
                                  const saga::EngineContext& context) {
  WorkflowStep step;
  // The first saga has the order's id: it is found by either.
  const SagaId saga_id(order.order_id.value());
  const OrderId order_id = order.order_id;
  step.aggregate.order = std::move(order);
  step.aggregate.current = {
      .saga = {}, .traceparent = traceparent, .version = 0, .create_time = context.now};
  step.order_changed = true;
  Adopt(step, saga::Engine::Start(PlaceOrderSaga(), saga_id, order_id, WithPausedSteps(context)));
  PublishEvent(step, /*refunded=*/false);
  return step;
}

absl::Status OrderWorkflow::Apply(WorkflowStep& step, const SagaId& saga_id,
                                  const saga::Event& event, const saga::EngineContext& context) {
  const saga::SagaInstance& saga = step.aggregate.current.saga;
  if (saga.saga_id != saga_id && !IsPlanted(PlantedBug::kReplyOfOtherSagaApplied)) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const saga::SagaDefinition* definition,
                   FindSagaDefinition(saga.definition, saga.definition_version));
  ASSIGN_OR_RETURN(auto transition,
                   saga::Engine::Apply(*definition, saga, WithoutRefusedRefund(saga, event),
                                       WithPausedSteps(context)));
  if (!transition.changed) {
    return absl::OkStatus();
  }
  Adopt(step, std::move(transition));
  return Conclude(step, context);
}

absl::StatusOr<WorkflowStep> OrderWorkflow::Cancel(const OrderAggregate& aggregate,
                                                   const RequestId& request_id,
                                                   const std::string& reason,
                                                   const std::string& traceparent,
                                                   const saga::EngineContext& context) {
  WorkflowStep step{.aggregate = aggregate, .ended = {}, .messages = {}};
  Order& order = step.aggregate.order;
  if (order.cancel_request_id == request_id.value()) {
    if (order.refusal()->message != reason) {
      return RequestIdReused({order.customer_id, request_id});
    }
    return step;
  }
  if (order.state() != OrderState::kPending && order.state() != OrderState::kConfirmed) {
    return CannotBeCancelled(order);
  }
  if (IsPlanted(PlantedBug::kAcceptedCancelNotStored)) {
    return step;
  }
  const bool confirmed = order.state() == OrderState::kConfirmed;
  const Refusal refusal{.reason = RefusalReason::kCancelledByCustomer,
                        .message = reason,
                        .skus = {},
                        .provider_code = {}};
  RETURN_IF_ERROR(Advance(order, OrderState::kCancelling, refusal, context.now));
  order.cancel_request_id = request_id.value();
  step.order_changed = true;
  step.cause = traceparent;
  if (!IsPlanted(PlantedBug::kSequenceGap)) {
    PublishEvent(step, /*refunded=*/false);
  }
  if (confirmed) {
    step.aggregate.current.traceparent = traceparent;
    StartCancelOrder(step, context);
    return step;
  }
  const saga::SagaInstance& saga = aggregate.current.saga;
  const auto definition = FindSagaDefinition(saga.definition, saga.definition_version);
  if (!definition.ok()) {
    return TypedError(absl::StatusCode::kUnavailable,
                      fmt::format("order {} cannot be cancelled here, try again: {}",
                                  order.order_id.value(), Message(definition.status())),
                      "SAGA_VERSION_NOT_HERE");
  }
  auto transition = saga::Engine::Apply(
      **definition, saga, saga::CancelRequested{EncodeRefusal(refusal)}, WithPausedSteps(context));
  if (absl::IsFailedPrecondition(transition.status())) {
    // Past the pivot, or compensating already: Conclude sees CANCELLING at the saga's end. Who has
    // read the order as it was finds another version of the saga.
    step.saga_changed = true;
    return step;
  }
  RETURN_IF_ERROR(transition.status());
  Adopt(step, *std::move(transition));
  RETURN_IF_ERROR(Conclude(step, context));
  return step;
}

absl::Status OrderWorkflow::Migrate(WorkflowStep& step, const saga::SagaDefinition& to,
                                    const saga::EngineContext& context) {
  const saga::SagaInstance& saga = step.aggregate.current.saga;
  ASSIGN_OR_RETURN(const saga::SagaDefinition* from,
                   FindSagaDefinition(saga.definition, saga.definition_version));
  ASSIGN_OR_RETURN(auto transition,
                   saga::Engine::Migrate(*from, to, saga, WithPausedSteps(context)));
  Adopt(step, std::move(transition));
  return Conclude(step, context);
}

// Takes the engine's new state over and queues its commands.
void OrderWorkflow::Adopt(WorkflowStep& step, saga::Transition transition) {
  const bool was_parked = step.aggregate.current.saga.state == saga::SagaState::kNeedsAttention;
  step.parked |= !was_parked && transition.saga.state == saga::SagaState::kNeedsAttention;
  step.aggregate.current.saga = std::move(transition.saga);
  step.saga_changed = true;
  const SagaId& saga_id = step.aggregate.current.saga.saga_id;
  for (const saga::Command& command : transition.commands) {
    Publish(step, InventoryProxy::Understands(command)
                      ? InventoryProxy::ToMessage(command, saga_id, step.aggregate.order)
                      : PaymentProxy::ToMessage(command, saga_id, step.aggregate.order));
  }
  std::move(transition.commands.begin(), transition.commands.end(),
            std::back_inserter(step.commands));
}

void OrderWorkflow::Publish(WorkflowStep& step, outbox::OutboxMessage message) {
  message.message_id = ids_.NewId();
  message.traceparent = step.cause.empty() ? step.aggregate.current.traceparent : step.cause;
  step.messages.push_back(std::move(message));
}

void OrderWorkflow::PublishEvent(WorkflowStep& step, bool refunded) {
  Publish(step, ToEventMessage(step.aggregate.order, refunded));
}

void OrderWorkflow::StartCancelOrder(WorkflowStep& step, const saga::EngineContext& context) {
  SagaRecord& current = step.aggregate.current;
  if (step.saga_changed) {
    step.ended.push_back(current);
  }
  const OrderId order_id = step.aggregate.order.order_id;
  current = {
      .saga = {}, .traceparent = current.traceparent, .version = 0, .create_time = context.now};
  step.order_changed = true;
  Adopt(step, saga::Engine::Start(CancelOrderSaga(), SagaId(ids_.NewId()), order_id,
                                  WithPausedSteps(context)));
}

// What the end of a saga means for its order; nothing while it goes on.
absl::Status OrderWorkflow::Conclude(WorkflowStep& step, const saga::EngineContext& context) {
  Order& order = step.aggregate.order;
  const saga::SagaInstance& saga = step.aggregate.current.saga;
  if (!saga::IsTerminal(saga.state)) {
    return absl::OkStatus();
  }
  const bool completed = saga.state == saga::SagaState::kCompleted;
  const bool cancelling = order.state() == OrderState::kCancelling;
  if (completed && saga.definition == kPlaceOrder && cancelling &&
      !IsPlanted(PlantedBug::kCancelForgottenAtPivot)) {
    StartCancelOrder(step, context);
    return absl::OkStatus();
  }
  if (!completed && saga.definition == kCancelOrder) {
    // No reply leads here (WithoutRefusedRefund): only a damaged row does.
    return absl::InternalError(
        fmt::format("the cancel_order saga of order {} was turned back, which has no way back",
                    order.order_id.value()));
  }
  const bool refunded = completed && saga.definition == kCancelOrder;
  if (completed && saga.definition == kPlaceOrder) {
    RETURN_IF_ERROR(Advance(order, OrderState::kConfirmed, std::nullopt, context.now));
  } else if (cancelling) {
    const auto refusal = order.refusal();
    RETURN_IF_ERROR(Advance(order, OrderState::kCancelled, refusal, context.now));
  } else {
    RETURN_IF_ERROR(
        Advance(order, OrderState::kRejected, DecodeRefusal(saga.refusal), context.now));
  }
  step.order_changed = true;
  PublishEvent(step, refunded);
  return absl::OkStatus();
}

}  // namespace orderflow::order
