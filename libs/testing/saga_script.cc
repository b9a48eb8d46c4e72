#include "libs/testing/saga_script.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "fmt/format.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/sequential_ids.h"

namespace orderflow::testing {
namespace {

using saga::Command;
using saga::Outcome;

// More timers than any retry policy has: a saga that needs more never parks.
constexpr int kTimersMax = 10'000;

std::string OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "DONE";
    case Outcome::kRefused:
      return "REFUSED";
    case Outcome::kFailed:
      return "FAILED";
    case Outcome::kUnknown:
      return "UNKNOWN";
  }
  return "INVALID";
}

std::string Describe(const std::vector<Command>& commands) {
  std::string text;
  for (const Command& command : commands) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", command.command,
                        command.compensation ? " (compensation)" : "");
  }
  return text.empty() ? "nothing" : text;
}

}  // namespace

SagaScript::SagaScript(saga::SagaDefinition definition) : definition_(std::move(definition)) {
  context_.now = FakeClock::kStart;
  for (const std::string& mistake : saga::Lint(definition_)) {
    Fail(fmt::format("the definition is not sound: {}", mistake));
  }
}

SagaScript::~SagaScript() { CheckAllExpected(); }

SagaScript& SagaScript::Start() {
  BeginEvent("Start()");
  Adopt(saga::Engine::Start(definition_, SagaId(SequentialIds::IdAt(1)),
                            OrderId(SequentialIds::IdAt(2)), context_));
  return *this;
}

SagaScript& SagaScript::Reply(const std::string& step, const ScriptReply& reply) {
  BeginEvent(fmt::format("Reply({}, {})", step, OutcomeName(reply.outcome)));
  Apply(saga::ReplyReceived{.step = step,
                            .compensation = false,
                            .outcome = reply.outcome,
                            .refusal = reply.refusal,
                            .error = reply.error});
  return *this;
}

SagaScript& SagaScript::ReplyToCompensation(const std::string& step, const ScriptReply& reply) {
  BeginEvent(fmt::format("ReplyToCompensation({}, {})", step, OutcomeName(reply.outcome)));
  Apply(saga::ReplyReceived{.step = step,
                            .compensation = true,
                            .outcome = reply.outcome,
                            .refusal = reply.refusal,
                            .error = reply.error});
  return *this;
}

SagaScript& SagaScript::AdvanceTime(Duration by) {
  BeginEvent(fmt::format("AdvanceTime({} us)", by.count()));
  context_.now += by;
  Apply(saga::TimerFired{});
  return *this;
}

SagaScript& SagaScript::RunOutOfTime() {
  BeginEvent("RunOutOfTime()");
  for (int timers = 0; timers < kTimersMax; ++timers) {
    const std::optional<Timestamp> next = saga::NextActionAt(saga_);
    if (!next) {
      return *this;
    }
    context_.now = *next;
    Apply(saga::TimerFired{});
    sent_.clear();
  }
  Fail(fmt::format("still has a next action after {} timers", kTimersMax));
  return *this;
}

SagaScript& SagaScript::Cancel(const std::string& refusal) {
  BeginEvent("Cancel()");
  Apply(saga::CancelRequested{.refusal = refusal});
  return *this;
}

SagaScript& SagaScript::CancelIsRefused() { return ExpectRefused(saga::CancelRequested{}); }

SagaScript& SagaScript::Retry() { return Do("Retry()", saga::RetryRequested{}); }
SagaScript& SagaScript::Skip(const std::string& step) {
  return Do(fmt::format("Skip({})", step), saga::StepSkipped{step});
}
SagaScript& SagaScript::Pause() { return Do("Pause()", saga::HoldRequested{saga::Hold::kPaused}); }
SagaScript& SagaScript::Resume() { return Do("Resume()", saga::HoldReleased{saga::Hold::kPaused}); }
SagaScript& SagaScript::Park() { return Do("Park()", saga::HoldRequested{saga::Hold::kParked}); }
SagaScript& SagaScript::Unpark() { return Do("Unpark()", saga::HoldReleased{saga::Hold::kParked}); }

SagaScript& SagaScript::PauseStep(const std::string& step) {
  BeginEvent(fmt::format("PauseStep({})", step));
  saga::PausedSteps paused =
      context_.paused_steps == nullptr ? saga::PausedSteps{} : *context_.paused_steps;
  paused.emplace(std::pair(definition_.name, step), context_.now);
  context_.paused_steps = std::make_shared<const saga::PausedSteps>(std::move(paused));
  return *this;
}

SagaScript& SagaScript::ResumeStep(const std::string& step) {
  BeginEvent(fmt::format("ResumeStep({})", step));
  saga::PausedSteps paused = *context_.paused_steps;
  paused.erase({definition_.name, step});
  context_.paused_steps = std::make_shared<const saga::PausedSteps>(std::move(paused));
  return *this;
}

SagaScript& SagaScript::ExpectRefused(const saga::Event& event) {
  BeginEvent(fmt::format("ExpectRefused(event {})", event.index()));
  changed_ = false;
  const auto transition = saga::Engine::Apply(definition_, saga_, event, context_);
  if (!absl::IsFailedPrecondition(transition.status())) {
    Fail(fmt::format("the event gave {}", transition.status().ToString()));
  }
  return *this;
}

SagaScript& SagaScript::WithRandom(double random01) {
  context_.random01 = random01;
  return *this;
}

SagaScript& SagaScript::ExpectNothing() {
  lines_.push_back("ExpectNothing()");
  CheckAllExpected();
  return *this;
}

SagaScript& SagaScript::ExpectUnchanged() {
  lines_.push_back("ExpectUnchanged()");
  CheckAllExpected();
  if (changed_) {
    Fail("the event changed the saga");
  }
  return *this;
}

SagaScript& SagaScript::ExpectAttempt(int attempt) {
  lines_.push_back(fmt::format("ExpectAttempt({})", attempt));
  if (expected_.empty()) {
    Fail("no command was sent");
  }
  const auto other = std::find_if(expected_.begin(), expected_.end(), [&](const Command& command) {
    return command.attempt != attempt;
  });
  if (other != expected_.end()) {
    Fail(fmt::format("{} is attempt {}", other->command, other->attempt));
  }
  return *this;
}

SagaScript& SagaScript::ExpectState(saga::SagaState state) {
  lines_.push_back(fmt::format("ExpectState({})", saga::ToString(state)));
  if (saga_.state != state) {
    Fail(fmt::format("the saga is {}", saga::ToString(saga_.state)));
  }
  return *this;
}

SagaScript& SagaScript::ExpectStep(const std::string& step, saga::StepState state) {
  lines_.push_back(fmt::format("ExpectStep({}, {})", step, saga::ToString(state)));
  if (const auto* instance = FindStep(step); instance != nullptr && instance->state != state) {
    Fail(fmt::format("the step is {}", saga::ToString(instance->state)));
  }
  return *this;
}

SagaScript& SagaScript::ExpectRefusal(const std::string& refusal) {
  lines_.push_back(fmt::format("ExpectRefusal({})", refusal));
  if (saga_.refusal != refusal) {
    Fail(fmt::format("the refusal is \"{}\"", saga_.refusal));
  }
  return *this;
}

SagaScript& SagaScript::ExpectLastError(const std::string& step, const std::string& error) {
  lines_.push_back(fmt::format("ExpectLastError({}, {})", step, error));
  if (const auto* instance = FindStep(step); instance != nullptr && instance->last_error != error) {
    Fail(fmt::format("the last error is \"{}\"", instance->last_error));
  }
  return *this;
}

SagaScript& SagaScript::ExpectNextActionIn(Duration delay) {
  lines_.push_back(fmt::format("ExpectNextActionIn({} us)", delay.count()));
  const std::optional<Timestamp> next = saga::NextActionAt(saga_);
  if (!next) {
    Fail("there is no next action");
  } else if (*next - context_.now != delay) {
    Fail(fmt::format("the next action is in {} us", (*next - context_.now).count()));
  }
  return *this;
}

SagaScript& SagaScript::ExpectNoNextAction() {
  lines_.push_back("ExpectNoNextAction()");
  if (const std::optional<Timestamp> next = saga::NextActionAt(saga_)) {
    Fail(fmt::format("the next action is in {} us", (*next - context_.now).count()));
  }
  return *this;
}

SagaScript& SagaScript::Do(const std::string& line, const saga::Event& event) {
  BeginEvent(line);
  Apply(event);
  return *this;
}

SagaScript& SagaScript::ExpectSent(const std::vector<std::string>& names, bool compensation) {
  std::string joined;
  for (const std::string& name : names) {
    joined += fmt::format("{}{}", joined.empty() ? "" : ", ", name);
  }
  lines_.push_back(
      fmt::format("{}({})", compensation ? "ExpectCompensations" : "ExpectCommands", joined));
  bool same = sent_.size() == names.size();
  for (size_t i = 0; same && i < names.size(); ++i) {
    same = sent_[i].command == names[i] && sent_[i].compensation == compensation;
  }
  if (!same) {
    Fail(fmt::format("sent {}", Describe(sent_)));
  }
  expected_ = std::exchange(sent_, {});
  return *this;
}

void SagaScript::BeginEvent(const std::string& line) {
  CheckAllExpected();
  lines_.push_back(line);
  sent_.clear();
  expected_.clear();
}

void SagaScript::Apply(const saga::Event& event) {
  absl::StatusOr<saga::Transition> transition =
      saga::Engine::Apply(definition_, saga_, event, context_);
  if (!transition.ok()) {
    Fail(fmt::format("the engine refused the event: {}", transition.status().ToString()));
    return;
  }
  Adopt(*std::move(transition));
}

void SagaScript::Adopt(saga::Transition transition) {
  saga_ = std::move(transition.saga);
  sent_ = std::move(transition.commands);
  changed_ = transition.changed;
}

void SagaScript::CheckAllExpected() {
  if (!sent_.empty()) {
    Fail(fmt::format("sent and not expected: {}", Describe(sent_)));
    sent_.clear();
  }
}

const saga::StepInstance* SagaScript::FindStep(const std::string& step) {
  for (size_t i = 0; i < definition_.steps.size() && i < saga_.steps.size(); ++i) {
    if (definition_.steps[i].name == step) {
      return &saga_.steps[i];
    }
  }
  Fail("there is no such step");
  return nullptr;
}

void SagaScript::Fail(const std::string& what) const {
  std::string script;
  for (size_t i = 0; i < lines_.size(); ++i) {
    script += fmt::format("{}  {:2} {}\n", i + 1 == lines_.size() ? "->" : "  ", i + 1, lines_[i]);
  }
  ADD_FAILURE() << "saga script of " << definition_.name << ": " << what << "\n" << script;
}

}  // namespace orderflow::testing
