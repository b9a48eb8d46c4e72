// Proves the admin API on a real PostgreSQL, through gRPC: what it says about an order's saga.

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status_mapping.h"
#include "libs/testing/status_matchers.h"
#include "services/order/grpc/saga_admin_service.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

constexpr std::chrono::seconds kCallTimeout{30};

class SagaAdminTest : public OrderDatabaseTest {
 protected:
  void SetUp() override {
    ASSERT_THAT(server_.Start({&service_}), IsOk());
    stub_ = v1::SagaAdminService::NewStub(
        rpc::MakeChannel("127.0.0.1:" + std::to_string(server_.port()), {}));
  }
  void TearDown() override {
    server_.Stop(kCallTimeout);
    executor_.Stop();
  }

  template <class Request, class Response>
  absl::StatusOr<Response> Call(grpc::Status (v1::SagaAdminService::Stub::*method)(
                                    grpc::ClientContext*, const Request&, Response*),
                                const Request& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) {
      return rpc::FromGrpcStatus(status);
    }
    return response;
  }

  absl::StatusOr<v1::SagaExplanation> Explain(const std::string& order_id) {
    v1::ExplainSagaRequest request;
    request.set_order_id(order_id);
    return Call(&v1::SagaAdminService::Stub::ExplainSaga, request);
  }

  rpc::CallExecutor executor_{metrics_, {.threads = 2}};
  SagaAdminGrpcService service_{sagas_, executor_};
  rpc::Server server_{{.listen_address = "127.0.0.1:0"}};
  std::unique_ptr<v1::SagaAdminService::Stub> stub_;
};

TEST_F(SagaAdminTest, ExplainsAnOrderUnderWay) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Handle({AReply(order_id, "reserve_stock", v1::STEP_OUTCOME_DONE)}), IsOk());

  const auto explanation = Explain(order_id.value());

  ASSERT_THAT(explanation, IsOk());
  EXPECT_EQ(explanation->order_state(), v1::ORDER_STATE_PENDING);
  EXPECT_EQ(explanation->saga().order_id(), order_id.value());
  bool waits_for_payment = false;
  for (const v1::SagaFact& fact : explanation->facts()) {
    waits_for_payment |= fact.kind() == v1::SAGA_FACT_KIND_WAITS_FOR &&
                         fact.step() == "authorize_payment" && fact.has_since_time();
  }
  EXPECT_TRUE(waits_for_payment) << explanation->DebugString();
}

TEST_F(SagaAdminTest, ExplainsTheLatestSagaOfAConfirmedAndThenCancelledOrder) {
  const OrderId order_id = AcceptOne();
  for (const char* step :
       {"reserve_stock", "authorize_payment", "capture_payment", "commit_reservation"}) {
    ASSERT_THAT(Handle({AReply(order_id, step, v1::STEP_OUTCOME_DONE)}), IsOk());
  }
  ASSERT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "changed my mind", ""), IsOk());

  const auto explanation = Explain(order_id.value());

  ASSERT_THAT(explanation, IsOk());
  EXPECT_EQ(explanation->order_state(), v1::ORDER_STATE_CANCELLING);
  EXPECT_EQ(explanation->saga().definition(), "cancel_order");
}

TEST_F(SagaAdminTest, ThereIsNothingToExplainAboutAnUnknownOrder) {
  EXPECT_THAT(Explain(ids_.NewId()), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(Explain("my order"), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace orderflow::order
