#include "orderflow/order/v1/saga_messages.pb.h"
#include "services/order/messaging/saga_reply_codec.h"
#include "services/order/persistence/row_codec.h"
#include "services/order/persistence/saga_snapshot_codec.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/instructions/cases.h"

namespace orderflow::instructions {
namespace {

saga::SagaInstance ASaga() {
  const saga::EngineContext context{.now = Timestamp(std::chrono::hours(490'000))};
  return saga::Engine::Start(order::PlaceOrderSaga(), SagaId(kSaga), OrderId(kOrder), context).saga;
}

std::function<void()> DecodeReply() {
  order::v1::SagaReply reply;
  reply.mutable_step()->set_saga_id(kSaga);
  reply.mutable_step()->set_order_id(kOrder);
  reply.mutable_step()->set_step(order::kReserveStockStep);
  reply.mutable_step()->set_attempt(1);
  reply.set_outcome(order::v1::STEP_OUTCOME_DONE);
  messaging::Record record{.topic = "order.replies",
                           .key = kOrder,
                           .value = reply.SerializeAsString(),
                           .headers = {{"traceparent", kTraceparent}}};
  return [record] { Use(order::DecodeReply(record).value()); };
}

std::function<void()> EncodeSteps() {
  return [saga = ASaga()] { Use(order::EncodeSteps(saga, order::PlaceOrderSaga())); };
}

std::function<void()> DecodeSteps() {
  return [steps = order::EncodeSteps(ASaga(), order::PlaceOrderSaga())] {
    Use(order::DecodeSteps(steps).value());
  };
}

order::SagaSnapshot ASnapshot() {
  order::SagaSnapshot snapshot;
  snapshot.saga.saga = ASaga();
  return snapshot;
}

std::function<void()> EncodeSnapshot() {
  return [snapshot = ASnapshot()] { Use(order::EncodeSnapshot(snapshot)); };
}

std::function<void()> DecodeSnapshot() {
  return [json = order::EncodeSnapshot(ASnapshot())] { Use(order::DecodeSnapshot(json).value()); };
}

}  // namespace

std::vector<Case> SagaRowCases() {
  return {{"saga_reply_decode", DecodeReply},
          {"saga_steps_encode", EncodeSteps},
          {"saga_steps_decode", DecodeSteps},
          {"saga_snapshot_encode", EncodeSnapshot},
          {"saga_snapshot_decode", DecodeSnapshot}};
}

}  // namespace orderflow::instructions
