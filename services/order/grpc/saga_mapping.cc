#include "services/order/grpc/saga_mapping.h"

#include "libs/rpc/proto_time.h"
#include "services/order/grpc/order_mapping.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

v1::SagaState ToProto(saga::SagaState state) {
  v1::SagaState proto = v1::SAGA_STATE_UNSPECIFIED;
  (void)v1::SagaState_Parse("SAGA_STATE_" + saga::ToString(state), &proto);
  return proto;
}

v1::SagaStepState ToProto(saga::StepState state) {
  v1::SagaStepState proto = v1::SAGA_STEP_STATE_UNSPECIFIED;
  (void)v1::SagaStepState_Parse("SAGA_STEP_STATE_" + saga::ToString(state), &proto);
  return proto;
}

v1::SagaHold ToProto(saga::Hold hold) {
  v1::SagaHold proto = v1::SAGA_HOLD_UNSPECIFIED;
  (void)v1::SagaHold_Parse("SAGA_HOLD_" + saga::ToString(hold), &proto);
  return proto;
}

v1::SagaFactKind ToProto(FactKind kind) {
  switch (kind) {
    case FactKind::kStands:
      return v1::SAGA_FACT_KIND_STANDS;
    case FactKind::kWaitsFor:
      return v1::SAGA_FACT_KIND_WAITS_FOR;
    case FactKind::kHappensNext:
      return v1::SAGA_FACT_KIND_HAPPENS_NEXT;
    case FactKind::kLastError:
      return v1::SAGA_FACT_KIND_LAST_ERROR;
    case FactKind::kPersonCan:
      return v1::SAGA_FACT_KIND_PERSON_CAN;
  }
  return v1::SAGA_FACT_KIND_UNSPECIFIED;
}

}  // namespace

v1::Saga ToProto(const StoredSaga& stored) {
  const saga::SagaInstance& saga = stored.record.saga;
  v1::Saga proto;
  proto.set_saga_id(saga.saga_id.value());
  proto.set_order_id(saga.order_id.value());
  proto.set_definition(saga.definition);
  proto.set_definition_version(saga.definition_version);
  proto.set_state(ToProto(saga.state));
  const auto definition = FindSagaDefinition(saga.definition, saga.definition_version);
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    const saga::StepInstance& step = saga.steps[i];
    v1::SagaStep& added = *proto.add_steps();
    added.set_name(definition.ok() && i < (*definition)->steps.size() ? (*definition)->steps[i].name
                                                                      : "");
    added.set_state(ToProto(step.state));
    added.set_attempts(step.attempts);
    added.set_last_error(step.last_error);
    if (step.next_action_at) {
      *added.mutable_next_action_time() = rpc::ToProtoTime(*step.next_action_at);
    }
  }
  *proto.mutable_create_time() = rpc::ToProtoTime(stored.record.create_time);
  *proto.mutable_update_time() = rpc::ToProtoTime(stored.update_time);
  proto.set_hold(ToProto(saga.hold));
  proto.set_version(stored.record.version);
  if (const auto next = saga::NextActionAt(saga)) {
    *proto.mutable_next_action_time() = rpc::ToProtoTime(*next);
  }
  return proto;
}

v1::SagaExplanation ToProto(const OrderSagaView& view, const std::vector<SagaFact>& facts) {
  v1::SagaExplanation proto;
  proto.set_order_state(ToProto(view.order_state));
  *proto.mutable_saga() = ToProto(view.saga);
  for (const SagaFact& fact : facts) {
    v1::SagaFact& added = *proto.add_facts();
    added.set_kind(ToProto(fact.kind));
    added.set_step(fact.step);
    added.set_text(fact.text);
    if (fact.since) {
      *added.mutable_since_time() = rpc::ToProtoTime(*fact.since);
    }
    if (fact.at) {
      *added.mutable_due_time() = rpc::ToProtoTime(*fact.at);
    }
  }
  return proto;
}

std::optional<saga::SagaState> FromProto(v1::SagaState state) {
  constexpr size_t kPrefixSize = sizeof("SAGA_STATE_") - 1;
  const std::string& name = v1::SagaState_Name(state);
  return name.size() > kPrefixSize ? saga::ParseSagaState(name.substr(kPrefixSize)) : std::nullopt;
}

std::optional<saga::Hold> FromProto(v1::SagaHold hold) {
  constexpr size_t kPrefixSize = sizeof("SAGA_HOLD_") - 1;
  const std::string& name = v1::SagaHold_Name(hold);
  return name.size() > kPrefixSize ? saga::ParseHold(name.substr(kPrefixSize)) : std::nullopt;
}

bool IsSagaStep(const std::string& name) {
  for (const saga::SagaDefinition* definition : SagaDefinitions()) {
    for (const saga::StepDefinition& step : definition->steps) {
      if (step.name == name) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace orderflow::order
