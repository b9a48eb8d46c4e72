// Proves that a reply is read as it was sent, and that what is none is refused, a packed record
// among it: a process that does not unpack them parks it whole, and acts on none of its messages.
#include "services/order/messaging/saga_reply_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/messaging/testing/pack.h"
#include "libs/testing/status_matchers.h"
#include "orderflow/order/v1/saga_messages.pb.h"

namespace orderflow::order {
namespace {

using testing::IsOk;
using testing::StatusIs;

constexpr char kOrder[] = "0190a8a0-0000-7000-8000-00000000000a";
constexpr char kSaga[] = "0190a8a0-0000-7000-8000-00000000000c";

messaging::Record AReply() {
  v1::SagaReply reply;
  reply.mutable_step()->set_saga_id(kSaga);
  reply.mutable_step()->set_order_id(kOrder);
  reply.mutable_step()->set_step("reserve_stock");
  reply.set_outcome(v1::STEP_OUTCOME_DONE);
  messaging::Record record;
  record.topic = "order.replies";
  record.key = kOrder;
  record.value = reply.SerializeAsString();
  return record;
}

TEST(DecodeReply, ReadsAReply) {
  const auto reply = DecodeReply(AReply());

  ASSERT_THAT(reply, IsOk());
  EXPECT_EQ(reply->order_id, OrderId(kOrder));
  EXPECT_EQ(reply->saga_id, SagaId(kSaga));
  EXPECT_EQ(reply->event.step, "reserve_stock");
  EXPECT_EQ(reply->event.outcome, saga::Outcome::kDone);
}

TEST(DecodeReply, RefusesAPackedRecord) {
  EXPECT_THAT(DecodeReply(messaging::Pack({AReply()})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DecodeReply(messaging::Pack({AReply(), AReply()})),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace orderflow::order
