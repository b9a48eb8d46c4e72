#include "tests/simulation/repair_desk.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "services/order/domain/order_store.h"
#include "services/order/sagas/payment_proof.h"
#include "services/order/sagas/saga_definitions.h"
#include "services/order/sagas/skip_step.h"

namespace orderflow::simulation {
namespace {

using order::SagaActionKind;

// In the order of SagaActionKind.
constexpr std::array kCovers{Sometimes::kOperatorRetried,     Sometimes::kOperatorSkipped,
                             Sometimes::kOperatorCompensated, Sometimes::kOperatorPaused,
                             Sometimes::kOperatorResumed,     Sometimes::kOperatorParked,
                             Sometimes::kOperatorUnparked};

constexpr double kPausesStep = 0.1;  // of all repairs

absl::Status NoScheduleAsks() { return absl::UnimplementedError("no schedule asks for this"); }

bool IsHeld(const order::OrderAggregate& aggregate) {
  return aggregate.current.saga.hold != saga::Hold::kNone;
}

// The step that the saga most likely waits for.
std::string FirstOpenStep(const saga::SagaInstance& saga) {
  const auto definition = order::FindSagaDefinition(saga.definition, saga.definition_version);
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    const saga::StepState state = saga.steps[i].state;
    if (state == saga::StepState::kExecuting || state == saga::StepState::kUnknown ||
        state == saga::StepState::kCompensating) {
      return (*definition)->steps[i].name;
    }
  }
  return (*definition)->steps.front().name;
}

}  // namespace

RepairDesk::RepairDesk(Environment& environment, OrderNode& orders, const PaymentNode& payments,
                       std::function<void()> meanwhile)
    : environment_(environment),
      orders_(orders),
      payments_(payments),
      meanwhile_(std::move(meanwhile)) {}

void RepairDesk::Repair() {
  const auto& aggregates = orders_.aggregates();
  if (aggregates.empty() || environment_.random.Chance(kPausesStep)) {
    PauseStep();
    return;
  }
  const auto which = static_cast<std::ptrdiff_t>(environment_.random.Below(aggregates.size()));
  const auto chosen = std::next(aggregates.begin(), which);
  const auto kind = static_cast<SagaActionKind>(environment_.random.Below(kCovers.size()));
  Do(chosen->first, kind,
     kind == SagaActionKind::kSkip ? FirstOpenStep(chosen->second.current.saga) : "");
}

void RepairDesk::PauseStep() {
  const auto& definitions = order::SagaDefinitions();
  const saga::SagaDefinition& definition =
      *definitions[environment_.random.Below(definitions.size())];
  const std::string& step =
      definition.steps[environment_.random.Below(definition.steps.size())].name;
  environment_.Trace("operator: pauses {} of {}", step, definition.name);
  environment_.coverage.Hit(Sometimes::kStepPaused);
  orders_.PauseStep(definition.name, step);
}

void RepairDesk::ResumeSteps() {
  environment_.Trace("operator: resumes the paused step");
  orders_.ResumeSteps();
}

bool RepairDesk::IsAnyHeld() const {
  const auto& aggregates = orders_.aggregates();
  return std::any_of(aggregates.begin(), aggregates.end(),
                     [](const auto& entry) { return IsHeld(entry.second); });
}

void RepairDesk::ReleaseOne() {
  for (const auto& [order_id, aggregate] : orders_.aggregates()) {
    if (IsHeld(aggregate)) {
      Do(OrderId(order_id),
         aggregate.current.saga.hold == saga::Hold::kPaused ? SagaActionKind::kResume
                                                            : SagaActionKind::kUnpark,
         "");
      return;
    }
  }
}

void RepairDesk::Do(const OrderId& order_id, SagaActionKind kind, const std::string& step) {
  const order::SagaActionRequest request{.request_id = RequestId(environment_.ids.NewId()),
                                         .kind = kind,
                                         .actor = "operator",
                                         .reason = "a drill",
                                         .step = step,
                                         .evidence = step.empty() ? "" : "the provider's books"};
  absl::Status answer = Ask(order_id, request);
  while (absl::IsUnavailable(answer) || absl::IsUnknown(answer)) {
    answer = Ask(order_id, request);
  }
  Cover(kind, answer);
  environment_.Trace("operator: {} {} {}: {}", order::ToString(kind), order_id.value(), step,
                     absl::StatusCodeToString(answer.code()));
}

absl::Status RepairDesk::Ask(const OrderId& order_id, const order::SagaActionRequest& request) {
  if (request.kind == SagaActionKind::kSkip) {
    return order::SkipStep(*this, *this, *this, order_id, request).status();
  }
  return orders_.Repair(order_id, request).status();
}

void RepairDesk::Cover(SagaActionKind kind, const absl::Status& answer) {
  Coverage& coverage = environment_.coverage;
  if (answer.ok()) {
    coverage.Hit(kCovers[static_cast<size_t>(kind)]);
    return;
  }
  const std::string reason = DetailsOf(answer).reason;
  if (reason == "STEP_NOT_PROVEN") {
    coverage.Hit(Sometimes::kSkipNotProven);
  } else if (reason == "SAGA_VERSION_CHANGED") {
    coverage.Hit(Sometimes::kSkipFenced);
  } else if (absl::IsFailedPrecondition(answer)) {
    coverage.Hit(Sometimes::kRepairRefused);
  } else {
    environment_.Violate("a repair was answered " + answer.ToString());
  }
}

absl::StatusOr<order::StoredSaga> RepairDesk::Get(const SagaId& /*saga_id*/) {
  return NoScheduleAsks();
}

absl::StatusOr<order::StoredSaga> RepairDesk::ByOrder(const OrderId& /*order_id*/) {
  return NoScheduleAsks();
}

absl::StatusOr<order::OrderSagaView> RepairDesk::ViewOrder(const OrderId& order_id) {
  const auto found = orders_.aggregates().find(order_id);
  if (found == orders_.aggregates().end()) {
    return order::OrderNotFound(order_id);
  }
  return order::OrderSagaView{
      .order_state = found->second.order.state(),
      .saga = {.record = found->second.current, .update_time = environment_.clock.Now()},
      .now = environment_.clock.Now()};
}

absl::StatusOr<std::vector<order::StoredSaga>> RepairDesk::List(
    const order::SagaFilter& /*filter*/) {
  return NoScheduleAsks();
}

absl::StatusOr<order::SagaCounts> RepairDesk::Count() { return NoScheduleAsks(); }

absl::StatusOr<std::vector<order::SagaActionResult>> RepairDesk::Act(
    std::span<const OrderId> order_ids, const order::SagaActionRequest& request) {
  std::vector<order::SagaActionResult> results;
  for (const OrderId& order_id : order_ids) {
    results.push_back({order_id, orders_.Repair(order_id, request)});
  }
  return results;
}

absl::StatusOr<std::optional<order::SagaAction>> RepairDesk::Find(const RequestId& request_id,
                                                                  const OrderId& order_id) {
  return orders_.FindAction(request_id, order_id);
}

absl::StatusOr<std::vector<order::SagaAction>> RepairDesk::ListActions(
    const order::SagaActionFilter& /*filter*/) {
  return NoScheduleAsks();
}

// What the participant shows is true when it says so; then time passes.
absl::Status RepairDesk::Prove(const std::string& command, const OrderId& order_id) {
  const absl::Status proof = order::ProveByPayment(command, [&] { return ShownState(order_id); });
  meanwhile_();
  return proof;
}

// As PaymentService.GetPayment shows it.
std::optional<payment::v1::PaymentState> RepairDesk::ShownState(const OrderId& order_id) const {
  const auto found = payments_.payments().find(order_id);
  if (found == payments_.payments().end()) {
    return std::nullopt;
  }
  payment::v1::PaymentState state = payment::v1::PAYMENT_STATE_UNSPECIFIED;
  payment::v1::PaymentState_Parse("PAYMENT_STATE_" + payment::ToString(found->second.state),
                                  &state);
  return state;
}

}  // namespace orderflow::simulation
