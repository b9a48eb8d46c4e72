#include "services/order/sagas/saga_definitions.h"

#include "fmt/format.h"

namespace orderflow::order {

absl::StatusOr<const saga::SagaDefinition*> FindSagaDefinition(const std::string& name,
                                                               int version) {
  for (const saga::SagaDefinition* definition : SagaDefinitions()) {
    if (definition->name == name && definition->version == version) {
      return definition;
    }
  }
  return absl::UnimplementedError(fmt::format(
      "this binary has no saga definition {} version {}; run a newer one", name, version));
}

const saga::SagaDefinition* NewestSagaDefinition(
    const std::vector<const saga::SagaDefinition*>& definitions, const std::string& name) {
  const saga::SagaDefinition* newest = nullptr;
  for (const saga::SagaDefinition* definition : definitions) {
    if (definition->name == name && (newest == nullptr || definition->version > newest->version)) {
      newest = definition;
    }
  }
  return newest;
}

std::set<std::string> CommandsOfStep(const std::string& definition, const std::string& step) {
  std::set<std::string> commands;
  for (const saga::SagaDefinition* known : SagaDefinitions()) {
    for (const saga::StepDefinition& candidate : known->steps) {
      if (known->name == definition && candidate.name == step) {
        commands.insert(candidate.command);
        if (!candidate.compensation.empty()) {
          commands.insert(candidate.compensation);
        }
      }
    }
  }
  return commands;
}

absl::Status LintSagaDefinitions() {
  std::string problems;
  for (const saga::SagaDefinition* definition : SagaDefinitions()) {
    for (const std::string& problem : saga::Lint(*definition)) {
      problems += fmt::format(" {} version {}: {}", definition->name, definition->version, problem);
    }
  }
  return problems.empty() ? absl::OkStatus()
                          : absl::InternalError("saga definitions are not sound:" + problems);
}

std::string DescribeSagas() {
  std::string text;
  for (const saga::SagaDefinition* definition : SagaDefinitions()) {
    text += saga::ToMarkdown(*definition);
    text += '\n';
  }
  return text;
}

}  // namespace orderflow::order
