// Proves that a step is skipped only with its participant's proof, for the version that was proven,
// and that a repeated request needs no second proof.

#include "services/order/sagas/skip_step.h"

#include <gmock/gmock.h>

#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"
#include "services/order/sagas/place_order_saga.h"

namespace orderflow::order {
namespace {

using orderflow::testing::FakeClock;
using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::_;
using ::testing::Return;

class OneSagaReader final : public SagaReader {
 public:
  absl::StatusOr<StoredSaga> Get(const SagaId&) override { return view.saga; }
  absl::StatusOr<StoredSaga> ByOrder(const OrderId&) override { return view.saga; }
  absl::StatusOr<OrderSagaView> ViewOrder(const OrderId&) override { return view; }
  absl::StatusOr<std::vector<StoredSaga>> List(const SagaFilter&) override {
    return std::vector<StoredSaga>{view.saga};
  }
  absl::StatusOr<SagaCounts> Count() override { return SagaCounts{}; }

  OrderSagaView view;
};

// Remembers what it was asked for and answers with it.
class RecordingRepairer final : public SagaRepairer {
 public:
  absl::StatusOr<std::vector<SagaActionResult>> Act(std::span<const OrderId> order_ids,
                                                    const SagaActionRequest& request) override {
    acted.push_back(request);
    SagaAction action;
    action.request = request;
    return std::vector<SagaActionResult>{{order_ids.front(), action}};
  }
  absl::StatusOr<std::optional<SagaAction>> Find(const RequestId&, const OrderId&) override {
    return stored;
  }
  absl::StatusOr<std::vector<SagaAction>> ListActions(const SagaActionFilter&) override {
    return std::vector<SagaAction>{};
  }

  std::optional<SagaAction> stored;
  std::vector<SagaActionRequest> acted;
};

class MockProof : public StepProof {
 public:
  MOCK_METHOD(absl::Status, Prove, (const std::string& command, const OrderId& order_id),
              (override));
};

class SkipStepTest : public ::testing::Test {
 protected:
  SkipStepTest() {
    reader_.view.saga.record = {.saga = saga::Engine::Start(PlaceOrderSaga(), SagaId("s"),
                                                            order_id_, {.now = FakeClock::kStart})
                                            .saga,
                                .traceparent = "",
                                .version = 4,
                                .create_time = {}};
  }

  absl::StatusOr<SagaAction> Skip(const SagaActionRequest& request) {
    return SkipStep(reader_, repairer_, proof_, order_id_, request);
  }

  const OrderId order_id_{"o"};
  const SagaActionRequest request_{.request_id = RequestId("r"),
                                   .kind = SagaActionKind::kSkip,
                                   .actor = "ann",
                                   .reason = "ticket 7",
                                   .step = kAuthorizePaymentStep,
                                   .evidence = "seen at the provider",
                                   .expected_version = 0,
                                   .validate_only = false};
  OneSagaReader reader_;
  RecordingRepairer repairer_;
  ::testing::StrictMock<MockProof> proof_;
};

TEST_F(SkipStepTest, ActsOnTheVersionThatWasProven) {
  EXPECT_CALL(proof_, Prove("AuthorizePayment", order_id_)).WillOnce(Return(absl::OkStatus()));

  EXPECT_THAT(Skip(request_), IsOk());

  ASSERT_EQ(repairer_.acted.size(), 1U);
  EXPECT_EQ(repairer_.acted[0].expected_version, 4);
}

TEST_F(SkipStepTest, DoesNothingWithoutProof) {
  EXPECT_CALL(proof_, Prove(_, _))
      .WillOnce(Return(absl::FailedPreconditionError("it is CAPTURING")));

  EXPECT_THAT(Skip(request_), StatusIs(absl::StatusCode::kFailedPrecondition));

  EXPECT_TRUE(repairer_.acted.empty());
}

TEST_F(SkipStepTest, DoesNotAskForAVersionThatIsGone) {
  SagaActionRequest request = request_;
  request.expected_version = 3;

  EXPECT_THAT(Skip(request), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SkipStepTest, ARepeatedRequestGetsItsFirstAnswerWithoutAProof) {
  repairer_.stored = SagaAction{};
  repairer_.stored->action_id = "first";
  repairer_.stored->request = request_;

  const auto again = Skip(request_);

  ASSERT_THAT(again, IsOk());
  EXPECT_EQ(again->action_id, "first");
  EXPECT_TRUE(repairer_.acted.empty());
}

}  // namespace
}  // namespace orderflow::order
