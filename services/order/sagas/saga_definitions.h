#pragma once

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

// OK, or kInternal naming every mistake of every definition. Checked before a process starts.
absl::Status LintSagaDefinitions();

// All definitions as markdown tables.
std::string DescribeSagas();

}  // namespace orderflow::order
