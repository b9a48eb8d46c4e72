#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/saga/definition.h"
#include "libs/saga/instance.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// The JSON columns of orders, idempotency_keys and sagas. Encoders cannot fail; decoders answer
// kInternal for text that no encoder wrote.

std::string EncodeLines(const std::vector<OrderLine>& lines);
absl::StatusOr<std::vector<OrderLine>> DecodeLines(std::string_view json);

std::string EncodeHistory(const std::vector<StateChange>& history);
absl::StatusOr<std::vector<StateChange>> DecodeHistory(std::string_view json);

std::string EncodeSteps(const saga::SagaInstance& saga, const saga::SagaDefinition& definition);
absl::StatusOr<std::vector<saga::StepInstance>> DecodeSteps(std::string_view json);

// The field violations of a refused request.
std::string EncodeViolations(const absl::Status& refusal);
absl::Status DecodeViolations(std::string_view json);

}  // namespace orderflow::order
