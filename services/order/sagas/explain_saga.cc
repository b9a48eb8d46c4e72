#include "services/order/sagas/explain_saga.h"

#include <cstddef>
#include <memory>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "services/order/sagas/inventory_proxy.h"
#include "services/order/sagas/place_order_saga.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using saga::SagaState;
using saga::StepState;

// Who carries a command out.
std::string ParticipantOf(const std::string& command) {
  return InventoryProxy::Understands({.step = "", .command = command}) ? "inventory-service"
                                                                       : "payment-service";
}

std::string Times(int count) { return count == 1 ? "once" : fmt::format("{} times", count); }

std::string Joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += (text.empty() ? "" : " and ") + name;
  }
  return text;
}

// Collects the facts about one saga.
class Explanation {
 public:
  // `newest`: of the saga's definition.
  Explanation(const OrderSagaView& view, const saga::SagaDefinition& definition,
              const saga::SagaDefinition& newest, const saga::PausedSteps& paused_steps)
      : view_(view),
        saga_(view.saga.record.saga),
        definition_(definition),
        newest_(newest),
        paused_steps_(std::make_shared<const saga::PausedSteps>(paused_steps)) {}

  std::vector<SagaFact> Take() && {
    AddStands();
    if (!saga::IsTerminal(saga_.state)) {
      for (size_t i = 0; i < saga_.steps.size(); ++i) {
        AddStep(i);
      }
      AddCustomersCancel();
      AddPersonCan();
    }
    return std::move(facts_);
  }

 private:
  bool parked() const { return saga_.state == SagaState::kNeedsAttention; }
  bool stands_still() const { return parked() || saga_.hold != saga::Hold::kNone; }
  bool forward() const {
    return (parked() ? saga_.parked_from : saga_.state) == SagaState::kRunning;
  }

  bool is_paused(const saga::StepDefinition& step) const {
    return paused_steps_->contains({definition_.name, step.name});
  }
  bool pivot_is_done() const {
    for (size_t i = 0; i < saga_.steps.size(); ++i) {
      if (definition_.steps[i].pivot) {
        return saga_.steps[i].state == StepState::kDone;
      }
    }
    return false;
  }
  // Whether nothing more of it is to be sent.
  bool is_over(const saga::StepInstance& step) const {
    return step.state == StepState::kCompensated || step.state == StepState::kSkipped ||
           (step.state == StepState::kDone && forward());
  }
  // What stands behind a sentence about a command that is to be sent.
  std::string ButPaused(const saga::StepDefinition& step) const {
    return is_paused(step) ? fmt::format(", but not before {} is resumed in all sagas", step.name)
                           : "";
  }

  SagaFact& Add(FactKind kind, const std::string& step, std::string text) {
    facts_.push_back({.kind = kind, .step = step, .since = {}, .at = {}, .text = std::move(text)});
    return facts_.back();
  }

  void AddStands() {
    const std::string state = saga::ToString(saga_.state);
    std::string text =
        fmt::format("The order is {}; its {} saga ", ToString(view_.order_state), definition_.name);
    if (saga::IsTerminal(saga_.state)) {
      text += fmt::format("has ended as {}, and nothing is under way.", state);
    } else if (parked()) {
      text += fmt::format("is {}: it was {}, and {}.", state, saga::ToString(saga_.parked_from),
                          saga_.hold == saga::Hold::kNone
                              ? "waits for a person or a late answer"
                              : "a person has put it on hold until it is released");
    } else if (saga_.hold == saga::Hold::kPaused) {
      text += fmt::format("is {} and paused by a person: it takes answers in and sends nothing.",
                          state);
    } else {
      text += fmt::format("is {}.", state);
    }
    Add(FactKind::kStands, "", std::move(text)).since = view_.saga.update_time;
  }

  void AddStep(size_t i) {
    const saga::StepDefinition& definition = definition_.steps[i];
    const saga::StepInstance& step = saga_.steps[i];
    switch (step.state) {
      case StepState::kPending:
        Add(FactKind::kHappensNext, definition.name,
            fmt::format("{} goes to {} after {}{}.", definition.command,
                        ParticipantOf(definition.command), Joined(definition.after),
                        ButPaused(definition)));
        break;
      case StepState::kExecuting:
      case StepState::kUnknown:
        if (forward()) {
          AddWaiting(definition, step, definition.command, definition.retry);
        } else {
          AddToUndo(definition);
        }
        break;
      case StepState::kDone:
        if (!forward()) {
          AddToUndo(definition);
        }
        break;
      case StepState::kRefused:
        if (forward()) {
          Add(FactKind::kWaitsFor, definition.name,
              fmt::format(
                  "{} refused {} after the pivot had begun, where nothing can be undone: the saga "
                  "goes on once it is done after all{}.",
                  ParticipantOf(definition.command), definition.command,
                  pivot_is_done() ? "" : ", or turns round should the pivot be refused"))
              .since = view_.saga.update_time;
        }
        break;
      case StepState::kCompensating:
        AddWaiting(definition, step, definition.compensation, definition.compensation_retry);
        break;
      case StepState::kCompensated:
      case StepState::kSkipped:
        break;
    }
    if (!step.last_error.empty()) {
      Add(FactKind::kLastError, definition.name, step.last_error);
    }
  }

  void AddToUndo(const saga::StepDefinition& definition) {
    Add(FactKind::kHappensNext, definition.name,
        fmt::format("{} goes to {} once the steps after it are undone{}.", definition.compensation,
                    ParticipantOf(definition.compensation), ButPaused(definition)));
  }

  void AddWaiting(const saga::StepDefinition& definition, const saga::StepInstance& step,
                  const std::string& command, const saga::RetryPolicy& retry) {
    const std::string participant = ParticipantOf(command);
    if (step.attempts == 0) {
      Add(FactKind::kWaitsFor, definition.name,
          fmt::format("{} was paused in all sagas: {} has not been sent to {}.", definition.name,
                      command, participant))
          .since = view_.saga.update_time;
      if (!stands_still()) {
        Add(FactKind::kHappensNext, definition.name,
            fmt::format("{} is sent then{}.", command, ButPaused(definition)))
            .at = step.next_action_at;
      }
      return;
    }
    std::string text =
        step.state == StepState::kUnknown
            ? fmt::format("{} does not know yet what became of {} and goes on finding out",
                          participant, command)
            : fmt::format("{} has no final answer of {} yet", command, participant);
    text += fmt::format("; it was sent {}, at most {}", Times(step.attempts),
                        Times(retry.attempts_max));
    const bool stopped = !step.next_action_at;
    text += stopped ? ", and is not sent again by itself." : ".";
    Add(FactKind::kWaitsFor, definition.name, std::move(text)).since = WaitsSince(step, retry);
    if (!stopped && !stands_still()) {
      Add(FactKind::kHappensNext, definition.name,
          step.attempts < retry.attempts_max
              ? fmt::format("Without an answer by then, {} is sent again{}.", command,
                            ButPaused(definition))
              : "Without an answer by then, the saga parks as NEEDS_ATTENTION.")
          .at = step.next_action_at;
    }
  }

  // Exact for a command that was sent once; else the saga's latest change stands in.
  Timestamp WaitsSince(const saga::StepInstance& step, const saga::RetryPolicy& retry) const {
    return step.attempts == 1 && step.last_error.empty() && step.next_action_at
               ? *step.next_action_at - retry.reply_timeout
               : view_.saga.update_time;
  }

  void AddCustomersCancel() {
    if (view_.order_state == OrderState::kCancelling && definition_.name == kPlaceOrder &&
        forward()) {
      Add(FactKind::kHappensNext, "",
          "The customer has cancelled: when place_order completes, cancel_order follows, which "
          "refunds the payment and puts the stock back.");
    }
  }

  void AddPersonCan() {
    if (view_.order_state == OrderState::kPending) {
      const auto cancelled = Try(saga::CancelRequested{.refusal = "cancelled"});
      Add(FactKind::kPersonCan, "",
          cancelled.ok()
              ? "The customer can cancel: the saga turns round and undoes what was done."
              : "The customer can cancel, but not stop it: the saga first ends, then the payment "
                "is refunded if it was captured.");
    }
    AddAction("retry", Try(saga::RetryRequested{}),
              "The stuck steps can be tried again now, with fresh attempts");
    AddAction("compensate", Try(saga::CancelRequested{.refusal = "stopped"}),
              "An operator can turn the saga round, which ends with the order REJECTED");
    AddAction("pause", Try(saga::HoldRequested{saga::Hold::kPaused}),
              "The saga can be paused: it takes answers in and sends nothing");
    AddAction("resume", Try(saga::HoldReleased{saga::Hold::kPaused}), "The saga can be resumed");
    AddAction("park", Try(saga::HoldRequested{saga::Hold::kParked}),
              "The saga can be parked as NEEDS_ATTENTION, until it is unparked");
    AddAction("unpark", Try(saga::HoldReleased{saga::Hold::kParked}), "The saga can be unparked");
    AddAction(fmt::format("migrate --to-version {}", newest_.version),
              saga::Engine::Migrate(definition_, newest_, saga_, Context()),
              fmt::format("The saga can be moved from version {} of its definition to version {}",
                          definition_.version, newest_.version));
    for (size_t i = 0; i < saga_.steps.size(); ++i) {
      const std::string& step = definition_.steps[i].name;
      if (is_paused(definition_.steps[i]) && !is_over(saga_.steps[i])) {
        Add(FactKind::kPersonCan, step,
            "The step, which is paused in all sagas, can be resumed in all of them (step resume).");
      }
      if (Try(saga::StepSkipped{step}).ok()) {
        Add(FactKind::kPersonCan, step,
            "The step can be skipped when its participant's own state proves that it was done "
            "(saga skip).");
      }
    }
  }

  // Says that the engine would accept the action, and what would be sent.
  void AddAction(const std::string& name, const absl::StatusOr<saga::Transition>& transition,
                 const std::string& what) {
    if (!transition.ok()) {
      return;
    }
    std::vector<std::string> commands;
    for (const saga::Command& command : transition->commands) {
      commands.push_back(command.command);
    }
    Add(FactKind::kPersonCan, "",
        fmt::format("{} (saga {}); sends {}.", what, name,
                    commands.empty() ? "nothing at once" : Joined(commands)));
  }

  absl::StatusOr<saga::Transition> Try(const saga::Event& event) const {
    return saga::Engine::Apply(definition_, saga_, event, Context());
  }

  saga::EngineContext Context() const {
    return {.now = view_.now, .random01 = 0.5, .paused_steps = paused_steps_};
  }

  const OrderSagaView& view_;
  const saga::SagaInstance& saga_;
  const saga::SagaDefinition& definition_;
  const saga::SagaDefinition& newest_;
  const std::shared_ptr<const saga::PausedSteps> paused_steps_;
  std::vector<SagaFact> facts_;
};

// Of a saga that this binary cannot act on.
std::vector<SagaFact> OnlyStands(const OrderSagaView& view, const absl::Status& problem) {
  const saga::SagaInstance& saga = view.saga.record.saga;
  return {{.kind = FactKind::kStands,
           .step = "",
           .since = view.saga.update_time,
           .at = {},
           .text = fmt::format("The order is {}; its {} saga is {}.", ToString(view.order_state),
                               saga.definition, saga::ToString(saga.state))},
          {.kind = FactKind::kLastError,
           .step = "",
           .since = {},
           .at = {},
           .text = fmt::format("This binary cannot act on it: {}.", Message(problem))}};
}

}  // namespace

std::vector<SagaFact> ExplainSaga(const OrderSagaView& view, const saga::PausedSteps& paused_steps,
                                  const std::vector<const saga::SagaDefinition*>& definitions) {
  const saga::SagaInstance& saga = view.saga.record.saga;
  const auto definition = FindSagaDefinition(saga.definition, saga.definition_version);
  if (!definition.ok()) {
    return OnlyStands(view, definition.status());
  }
  // An early timer changes nothing; it only has the engine look at the row.
  const auto fits = saga::Engine::Apply(**definition, saga, saga::TimerFired{}, {.now = {}});
  if (!fits.ok()) {
    return OnlyStands(view, fits.status());
  }
  const saga::SagaDefinition* newest = NewestSagaDefinition(definitions, saga.definition);
  return Explanation(view, **definition, newest == nullptr ? **definition : *newest, paused_steps)
      .Take();
}

}  // namespace orderflow::order
