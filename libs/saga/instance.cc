#include "libs/saga/instance.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "libs/base/planted_bug.h"

namespace orderflow::saga {
namespace {

constexpr std::array<std::pair<StepState, std::string_view>, 8> kStepStates{{
    {StepState::kPending, "PENDING"},
    {StepState::kExecuting, "EXECUTING"},
    {StepState::kUnknown, "UNKNOWN"},
    {StepState::kDone, "DONE"},
    {StepState::kRefused, "REFUSED"},
    {StepState::kCompensating, "COMPENSATING"},
    {StepState::kCompensated, "COMPENSATED"},
    {StepState::kSkipped, "SKIPPED"},
}};

constexpr std::array<std::pair<SagaState, std::string_view>, 5> kSagaStates{{
    {SagaState::kRunning, "RUNNING"},
    {SagaState::kCompensating, "COMPENSATING"},
    {SagaState::kCompleted, "COMPLETED"},
    {SagaState::kCompensated, "COMPENSATED"},
    {SagaState::kNeedsAttention, "NEEDS_ATTENTION"},
}};

constexpr std::array<std::pair<Hold, std::string_view>, 3> kHolds{{
    {Hold::kNone, "NONE"},
    {Hold::kPaused, "PAUSED"},
    {Hold::kParked, "PARKED"},
}};

template <class State, size_t N>
std::string NameOf(const std::array<std::pair<State, std::string_view>, N>& names, State state) {
  const auto* found = std::find_if(names.begin(), names.end(),
                                   [&](const auto& entry) { return entry.first == state; });
  return found == names.end() ? "INVALID" : std::string(found->second);
}

template <class State, size_t N>
std::optional<State> StateOf(const std::array<std::pair<State, std::string_view>, N>& names,
                             std::string_view text) {
  const auto* found = std::find_if(names.begin(), names.end(),
                                   [&](const auto& entry) { return entry.second == text; });
  return found == names.end() ? std::nullopt : std::optional<State>(found->first);
}

}  // namespace

bool IsTerminal(SagaState state) {
  return state == SagaState::kCompleted || state == SagaState::kCompensated;
}

std::optional<Timestamp> NextActionAt(const SagaInstance& saga) {
  std::optional<Timestamp> earliest;
  if (IsTerminal(saga.state) || saga.state == SagaState::kNeedsAttention ||
      saga.hold != Hold::kNone) {
    return earliest;
  }
  for (const StepInstance& step : saga.steps) {
    if (!step.last_error.empty() && IsPlanted(PlantedBug::kLostTimer)) {
      continue;
    }
    if (step.next_action_at && (!earliest || *step.next_action_at < *earliest)) {
      earliest = step.next_action_at;
    }
  }
  return earliest;
}

std::string ToString(StepState state) { return NameOf(kStepStates, state); }
std::string ToString(SagaState state) { return NameOf(kSagaStates, state); }
std::string ToString(Hold hold) { return NameOf(kHolds, hold); }
std::optional<StepState> ParseStepState(const std::string& text) {
  return StateOf(kStepStates, text);
}
std::optional<SagaState> ParseSagaState(const std::string& text) {
  return StateOf(kSagaStates, text);
}
std::optional<Hold> ParseHold(const std::string& text) { return StateOf(kHolds, text); }

}  // namespace orderflow::saga
