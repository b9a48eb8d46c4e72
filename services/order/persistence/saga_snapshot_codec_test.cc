// Proves that the states and commands of a saga action come back from their JSON columns as they
// were, and that foreign text is an error.

#include "services/order/persistence/saga_snapshot_codec.h"

#include <gmock/gmock.h>

#include "libs/testing/status_matchers.h"
#include "services/order/sagas/place_order_saga.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

SagaSnapshot ASnapshot() {
  const saga::EngineContext context{.now = Timestamp(std::chrono::hours(480'000))};
  SagaSnapshot snapshot;
  snapshot.order_state = OrderState::kCancelling;
  snapshot.saga.version = 7;
  snapshot.saga.saga =
      saga::Engine::Start(PlaceOrderSaga(), SagaId("s"), OrderId("o"), context).saga;
  snapshot.saga.saga.state = saga::SagaState::kNeedsAttention;
  snapshot.saga.saga.parked_from = saga::SagaState::kCompensating;
  snapshot.saga.saga.hold = saga::Hold::kParked;
  snapshot.saga.saga.steps[1].last_error = "no \"answer\"\n";
  return snapshot;
}

TEST(SagaSnapshotCodec, BringsASnapshotBack) {
  const SagaSnapshot snapshot = ASnapshot();

  const auto decoded = DecodeSnapshot(EncodeSnapshot(snapshot));

  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->order_state, snapshot.order_state);
  EXPECT_EQ(decoded->saga.version, 7);
  EXPECT_EQ(decoded->saga.saga, snapshot.saga.saga);
}

TEST(SagaSnapshotCodec, BringsCommandsBack) {
  const saga::Command command{
      .step = "reserve_stock", .command = "ReleaseStock", .compensation = true, .attempt = 2};

  EXPECT_THAT(DecodeCommands(EncodeCommands({command})), IsOkAndHolds(ElementsAre(command)));
}

TEST(SagaSnapshotCodec, BringsEventsBack) {
  EXPECT_THAT(DecodeEvents(EncodeEvents({})), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(DecodeEvents(EncodeEvents({"OrderConfirmed"})),
              IsOkAndHolds(ElementsAre("OrderConfirmed")));
}

TEST(SagaSnapshotCodec, RefusesTextThatItDidNotWrite) {
  std::string unknown_state = EncodeSnapshot(ASnapshot());
  unknown_state.replace(unknown_state.find("CANCELLING"), 10, "CANCELLINK");

  for (const std::string& text : {std::string("{}"), std::string("["), unknown_state}) {
    EXPECT_THAT(DecodeSnapshot(text), StatusIs(absl::StatusCode::kInternal)) << text;
  }
  EXPECT_THAT(DecodeCommands("[{}]"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeEvents("[{}]"), StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace orderflow::order
