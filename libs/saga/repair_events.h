#pragma once

#include <cstddef>

#include "absl/status/status.h"
#include "libs/saga/transition_builder.h"

namespace orderflow::saga {

// The engine's answers to what a person does to a saga (engine.h says what they mean); `saga` is
// its state before. Internal to libs/saga. kFailedPrecondition: not possible now, and why.
absl::Status OnRetry(const SagaInstance& saga, TransitionBuilder& builder);
absl::Status OnSkip(const SagaDefinition& definition, const SagaInstance& saga, size_t index,
                    TransitionBuilder& builder);
absl::Status OnHold(const SagaInstance& saga, Hold hold, TransitionBuilder& builder);
absl::Status OnRelease(const SagaInstance& saga, Hold hold, TransitionBuilder& builder);

}  // namespace orderflow::saga
