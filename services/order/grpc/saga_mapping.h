#pragma once

#include <optional>
#include <string>
#include <vector>

#include "orderflow/order/v1/saga_admin_service.pb.h"
#include "services/order/sagas/explain_saga.h"
#include "services/order/sagas/saga_reader.h"

namespace orderflow::order {

// Between stored sagas and the admin API.
v1::Saga ToProto(const StoredSaga& stored);
v1::SagaExplanation ToProto(const OrderSagaView& view, const std::vector<SagaFact>& facts);
// Nothing for UNSPECIFIED and for values that this binary does not know.
std::optional<saga::SagaState> FromProto(v1::SagaState state);
std::optional<saga::Hold> FromProto(v1::SagaHold hold);
// True when any saga definition has a step of this name.
bool IsSagaStep(const std::string& name);

}  // namespace orderflow::order
