#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/saga/definition.h"

namespace orderflow::saga {
namespace {

using Mistakes = std::vector<std::string>;

// For each step: whether step j must be done before it, directly or through others.
using Ancestors = std::vector<std::vector<bool>>;

size_t IndexBefore(const SagaDefinition& definition, size_t end, const std::string& name) {
  size_t i = 0;
  while (i < end && definition.steps[i].name != name) {
    ++i;
  }
  return i;
}

Ancestors AncestorsOf(const SagaDefinition& definition) {
  const size_t count = definition.steps.size();
  Ancestors ancestors(count, std::vector<bool>(count, false));
  for (size_t i = 0; i < count; ++i) {
    for (const std::string& name : definition.steps[i].after) {
      const size_t j = IndexBefore(definition, i, name);
      if (j == i) {
        continue;  // reported by LintOrder
      }
      ancestors[i][j] = true;
      for (size_t k = 0; k < j; ++k) {
        ancestors[i][k] = ancestors[i][k] || ancestors[j][k];
      }
    }
  }
  return ancestors;
}

void LintHead(const SagaDefinition& definition, Mistakes& mistakes) {
  if (definition.name.empty()) {
    mistakes.push_back("the saga has no name");
  }
  if (definition.version < 1) {
    mistakes.push_back(fmt::format("version {} is not 1 or more", definition.version));
  }
  if (definition.steps.empty()) {
    mistakes.push_back("the saga has no steps");
  }
}

void LintNames(const SagaDefinition& definition, Mistakes& mistakes) {
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    const StepDefinition& step = definition.steps[i];
    if (step.name.empty()) {
      mistakes.push_back(fmt::format("step {} has no name", i + 1));
    } else if (IndexBefore(definition, i, step.name) != i) {
      mistakes.push_back(fmt::format("step {} stands twice", step.name));
    }
    if (step.command.empty()) {
      mistakes.push_back(fmt::format("step {} has no command", step.name));
    }
  }
}

void LintOrder(const SagaDefinition& definition, Mistakes& mistakes) {
  for (size_t i = 0; i < definition.steps.size(); ++i) {
    for (const std::string& name : definition.steps[i].after) {
      if (IndexBefore(definition, i, name) == i) {
        mistakes.push_back(fmt::format("step {} comes after {}, which is not declared above it",
                                       definition.steps[i].name, name));
      }
    }
  }
}

void LintCompensation(const StepDefinition& step, bool may_be_undone, Mistakes& mistakes) {
  if (may_be_undone && step.compensation.empty()) {
    mistakes.push_back(fmt::format("step {} comes {} the pivot and has no compensation", step.name,
                                   step.beside_pivot ? "beside" : "before"));
  }
  if (!may_be_undone && !step.compensation.empty()) {
    mistakes.push_back(
        fmt::format("step {} is or comes after the pivot, and has compensation {} that never runs",
                    step.name, step.compensation));
  }
}

void LintPivot(const SagaDefinition& definition, Mistakes& mistakes) {
  const auto is_pivot = [](const StepDefinition& step) { return step.pivot; };
  const auto& steps = definition.steps;
  const auto count = std::count_if(steps.begin(), steps.end(), is_pivot);
  if (count != 1) {
    mistakes.push_back(fmt::format("the saga has {} pivots instead of one", count));
    return;
  }
  const auto pivot =
      static_cast<size_t>(std::find_if(steps.begin(), steps.end(), is_pivot) - steps.begin());
  const Ancestors ancestors = AncestorsOf(definition);
  for (size_t i = 0; i < steps.size(); ++i) {
    const bool before = ancestors[pivot][i];
    const bool after = ancestors[i][pivot];
    const bool beside = i != pivot && !before && !after;
    if (beside && !steps[i].beside_pivot) {
      mistakes.push_back(fmt::format(
          "step {} is neither before nor after the pivot {}, so that it could be refused "
          "when nothing can be undone",
          steps[i].name, steps[pivot].name));
    } else {
      if (!beside && steps[i].beside_pivot) {
        mistakes.push_back(fmt::format("step {} is said to run beside the pivot {}, and does not",
                                       steps[i].name, steps[pivot].name));
      }
      LintCompensation(steps[i], before || beside, mistakes);
    }
  }
}

void LintRetry(const std::string& what, const RetryPolicy& retry, Mistakes& mistakes) {
  if (retry.attempts_max < 1) {
    mistakes.push_back(
        fmt::format("{}: attempts_max {} is not 1 or more", what, retry.attempts_max));
  }
  if (retry.reply_timeout <= Duration::zero()) {
    mistakes.push_back(fmt::format("{}: reply_timeout is not above 0", what));
  }
  if (retry.backoff.initial <= Duration::zero()) {
    mistakes.push_back(fmt::format("{}: backoff.initial is not above 0", what));
  }
  if (retry.backoff.initial > retry.backoff.max) {
    mistakes.push_back(fmt::format("{}: backoff.initial is above backoff.max", what));
  }
}

}  // namespace

std::vector<std::string> Lint(const SagaDefinition& definition) {
  Mistakes mistakes;
  LintHead(definition, mistakes);
  LintNames(definition, mistakes);
  LintOrder(definition, mistakes);
  LintPivot(definition, mistakes);
  for (const StepDefinition& step : definition.steps) {
    LintRetry(fmt::format("retry of step {}", step.name), step.retry, mistakes);
    if (!step.compensation.empty()) {
      LintRetry(fmt::format("compensation_retry of step {}", step.name), step.compensation_retry,
                mistakes);
    }
  }
  return mistakes;
}

}  // namespace orderflow::saga
