#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/saga/engine.h"
#include "libs/saga/transition_builder.h"

namespace orderflow::saga {
namespace {

bool HasBegun(StepState state) {
  return state != StepState::kPending && state != StepState::kSkipped;
}

const StepDefinition* FindStep(const SagaDefinition& definition, const std::string& name) {
  const auto found = std::find_if(definition.steps.begin(), definition.steps.end(),
                                  [&](const StepDefinition& step) { return step.name == name; });
  return found == definition.steps.end() ? nullptr : &*found;
}

bool DoesTheSame(const StepDefinition& a, const StepDefinition& b) {
  return a.command == b.command && a.compensation == b.compensation && a.pivot == b.pivot;
}

absl::Status NotPossible(const SagaInstance& saga, const std::string& why) {
  return absl::FailedPreconditionError(fmt::format("saga {} {}", saga.saga_id.value(), why));
}

// What has begun must mean the same in the new version.
absl::Status CheckBegun(const SagaDefinition& from, const SagaDefinition& to,
                        const SagaInstance& saga) {
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    if (!HasBegun(saga.steps[i].state)) {
      continue;
    }
    const StepDefinition& step = from.steps[i];
    const StepDefinition* in_new = FindStep(to, step.name);
    if (in_new == nullptr) {
      return NotPossible(saga, fmt::format("has begun step {}, which version {} does not have",
                                           step.name, to.version));
    }
    if (!DoesTheSame(step, *in_new)) {
      return NotPossible(saga, fmt::format("has begun step {}, which version {} does differently",
                                           step.name, to.version));
    }
  }
  return absl::OkStatus();
}

// What has begun must not have had to wait, in the new version, for what is not done.
absl::Status CheckOrder(const SagaDefinition& to, const SagaInstance& moved) {
  for (size_t i = 0; i < to.steps.size(); ++i) {
    for (const std::string& before : to.steps[i].after) {
      const auto predecessor = static_cast<size_t>(FindStep(to, before) - to.steps.data());
      if (HasBegun(moved.steps[i].state) && moved.steps[predecessor].state != StepState::kDone) {
        return NotPossible(moved,
                           fmt::format("has begun step {}, before which version {} does step {}",
                                       to.steps[i].name, to.version, before));
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Transition> Engine::Migrate(const SagaDefinition& from, const SagaDefinition& to,
                                           const SagaInstance& saga, const EngineContext& context) {
  if (from.name != to.name || saga.definition != from.name ||
      saga.definition_version != from.version || saga.steps.size() != from.steps.size()) {
    return absl::InternalError(fmt::format("saga {} is no {} version {} to be moved to {}",
                                           saga.saga_id.value(), from.name, from.version, to.name));
  }
  if (IsTerminal(saga.state)) {
    return NotPossible(saga, fmt::format("has ended as {}", ToString(saga.state)));
  }
  if (to.version == from.version) {
    return NotPossible(saga, fmt::format("is of version {} already", to.version));
  }
  RETURN_IF_ERROR(CheckBegun(from, to, saga));
  const bool forward = (saga.state == SagaState::kNeedsAttention ? saga.parked_from : saga.state) ==
                       SagaState::kRunning;
  SagaInstance moved = saga;
  moved.definition_version = to.version;
  moved.steps.clear();
  for (const StepDefinition& step : to.steps) {
    const StepDefinition* in_old = FindStep(from, step.name);
    StepInstance instance;
    if (in_old != nullptr) {
      instance = saga.steps[static_cast<size_t>(in_old - from.steps.data())];
    } else if (!forward) {
      instance.state = StepState::kSkipped;
    }
    moved.steps.push_back(std::move(instance));
  }
  if (forward) {
    RETURN_IF_ERROR(CheckOrder(to, moved));
  }
  TransitionBuilder builder(to, moved, context);
  builder.Proceed();
  Transition transition = std::move(builder).Build();
  transition.changed = true;
  return transition;
}

}  // namespace orderflow::saga
