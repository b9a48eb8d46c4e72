#include "libs/saga/definition.h"

#include "fmt/format.h"

namespace orderflow::saga {
namespace {

std::string DurationText(Duration duration) {
  if (duration.count() % 1'000'000 == 0) {
    return fmt::format("{} s", duration.count() / 1'000'000);
  }
  if (duration.count() % 1'000 == 0) {
    return fmt::format("{} ms", duration.count() / 1'000);
  }
  return fmt::format("{} us", duration.count());
}

std::string RetryText(const RetryPolicy& retry) {
  return fmt::format("{} attempts, {} for a reply, backoff {} to {}", retry.attempts_max,
                     DurationText(retry.reply_timeout), DurationText(retry.backoff.initial),
                     DurationText(retry.backoff.max));
}

std::string AfterText(const StepDefinition& step) {
  std::string text;
  for (const std::string& name : step.after) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", name);
  }
  return text.empty() ? "at once" : text;
}

const char* PlaceText(const StepDefinition& step) {
  if (step.pivot) {
    return " (pivot)";
  }
  return step.beside_pivot ? " (beside the pivot)" : "";
}

std::string CompensationText(const StepDefinition& step) {
  if (step.pivot) {
    return "none: the pivot";
  }
  return step.compensation.empty() ? "none: goes forward" : fmt::format("`{}`", step.compensation);
}

}  // namespace

std::string ToMarkdown(const SagaDefinition& definition) {
  std::string text = fmt::format(
      "### `{}`, version {}\n\n"
      "| step | after | command | retry | compensation | retry of the compensation |\n"
      "| --- | --- | --- | --- | --- | --- |\n",
      definition.name, definition.version);
  for (const StepDefinition& step : definition.steps) {
    text +=
        fmt::format("| `{}`{} | {} | `{}` | {} | {} | {} |\n", step.name, PlaceText(step),
                    AfterText(step), step.command, RetryText(step.retry), CompensationText(step),
                    step.compensation.empty() ? "" : RetryText(step.compensation_retry));
  }
  return text;
}

}  // namespace orderflow::saga
