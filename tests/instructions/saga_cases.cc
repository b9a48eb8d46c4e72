#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/uuid.h"
#include "services/order/sagas/order_workflow.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/instructions/cases.h"
#include "tests/instructions/order.h"

namespace orderflow::instructions {
namespace {

using order::OrderWorkflow;
using order::WorkflowStep;

constexpr const char* kSteps[] = {order::kReserveStockStep, order::kAuthorizePaymentStep,
                                  order::kCapturePaymentStep, order::kCommitReservationStep};

// Drawing ids is no part of what is counted.
class SameId final : public IdGenerator {
 public:
  std::string NewId() override { return kMessage; }
};

const saga::EngineContext kContext{.now = Timestamp(std::chrono::hours(490'000))};

saga::ReplyReceived Done(const char* step) {
  return {step, /*compensation=*/false, saga::Outcome::kDone, /*refusal=*/"", /*error=*/""};
}

void PlayEngine() {
  saga::Transition transition =
      saga::Engine::Start(order::PlaceOrderSaga(), SagaId(kSaga), OrderId(kOrder), kContext);
  for (const char* step : kSteps) {
    transition =
        saga::Engine::Apply(order::PlaceOrderSaga(), transition.saga, Done(step), kContext).value();
  }
  INVARIANT(transition.saga.state == saga::SagaState::kCompleted, "the order's life must be whole");
}

void PlayWorkflow(OrderWorkflow& workflow) {
  WorkflowStep step = workflow.Start(AnOrder(), kTraceparent, kContext);
  for (const char* name : kSteps) {
    // Each reply finds the order as it is stored.
    WorkflowStep next{.aggregate = std::move(step.aggregate), .ended = {}, .messages = {}};
    const SagaId saga_id = next.aggregate.current.saga.saga_id;
    INVARIANT(workflow.Apply(next, saga_id, Done(name), kContext).ok(), "no step is refused");
    step = std::move(next);
  }
  INVARIANT(step.aggregate.order.state() == order::OrderState::kConfirmed,
            "the order's life must be whole");
}

}  // namespace

std::vector<Case> SagaCases() {
  return {{"saga_engine_order", [] { return PlayEngine; }}, {"order_workflow_order", [] {
                                                               static SameId ids;
                                                               static OrderWorkflow workflow(ids);
                                                               return
                                                                   [] { PlayWorkflow(workflow); };
                                                             }}};
}

}  // namespace orderflow::instructions
