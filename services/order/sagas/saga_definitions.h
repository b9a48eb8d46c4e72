#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/saga/definition.h"

namespace orderflow::order {

// Every definition of this service in every version that a running saga may still have.
const std::vector<const saga::SagaDefinition*>& SagaDefinitions();

// kUnimplemented when there is none: the row was written by a newer binary, and waits for one.
absl::StatusOr<const saga::SagaDefinition*> FindSagaDefinition(const std::string& name,
                                                               int version);

// Of the highest version among those of this name; null when there is none.
const saga::SagaDefinition* NewestSagaDefinition(
    const std::vector<const saga::SagaDefinition*>& definitions, const std::string& name);

// The command and the compensation of a step in all versions of the definition; empty: there is no
// such step.
std::set<std::string> CommandsOfStep(const std::string& definition, const std::string& step);

// OK, or kInternal naming every mistake of every definition. Checked before a process starts.
absl::Status LintSagaDefinitions();

// All definitions as markdown tables.
std::string DescribeSagas();

}  // namespace orderflow::order
