#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "services/order/sagas/saga_action.h"

namespace orderflow::order {

// The JSON columns of saga_actions. Encoders cannot fail; decoders answer kInternal for text that
// no encoder wrote.

// A saga without what no person looks at: its refusal's bytes and its traceparent are left out.
std::string EncodeSnapshot(const SagaSnapshot& snapshot);
absl::StatusOr<SagaSnapshot> DecodeSnapshot(std::string_view json);

std::string EncodeCommands(const std::vector<saga::Command>& commands);
absl::StatusOr<std::vector<saga::Command>> DecodeCommands(std::string_view json);

std::string EncodeEvents(const std::vector<std::string>& events);
absl::StatusOr<std::vector<std::string>> DecodeEvents(std::string_view json);

}  // namespace orderflow::order
