// Proves how records become commands, what is refused as malformed, and what replies carry back.
#include "services/inventory/messaging/stock_command_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "libs/messaging/testing/pack.h"
#include "libs/testing/status_matchers.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"

namespace orderflow::inventory {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;

constexpr char kOrder[] = "0190a8a0-0000-7000-8000-00000000000a";
constexpr char kSaga[] = "0190a8a0-0000-7000-8000-00000000000c";
constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

v1::InventoryCommand AReserve() {
  v1::InventoryCommand message;
  message.mutable_step()->set_saga_id(kSaga);
  message.mutable_step()->set_order_id(kOrder);
  message.mutable_step()->set_step("reserve_stock");
  message.mutable_step()->set_attempt(2);
  auto& line = *message.mutable_reserve_stock()->add_lines();
  line.set_sku("mug");
  line.set_quantity(2);
  return message;
}

messaging::Record RecordOf(const v1::InventoryCommand& message) {
  messaging::Record record;
  record.topic = "inventory.commands";
  record.key = kOrder;
  record.value = message.SerializeAsString();
  record.headers.Set("traceparent", kTraceparent);
  record.partition = 3;
  record.offset = 42;
  return record;
}

TEST(DecodeCommand, ReadsEveryKind) {
  v1::InventoryCommand release = AReserve(), commit = AReserve(), restock = AReserve();
  release.mutable_release_stock();
  commit.mutable_commit_reservation();
  restock.mutable_restock();

  EXPECT_EQ(DecodeCommand(RecordOf(AReserve()))->command.kind, StockCommandKind::kReserve);
  EXPECT_EQ(DecodeCommand(RecordOf(release))->command.kind, StockCommandKind::kRelease);
  EXPECT_EQ(DecodeCommand(RecordOf(commit))->command.kind, StockCommandKind::kCommit);
  EXPECT_EQ(DecodeCommand(RecordOf(restock))->command.kind, StockCommandKind::kRestock);
}

TEST(DecodeCommand, SortsLinesAndAddsUpRepeatedSkus) {
  v1::InventoryCommand message = AReserve();
  for (const char* sku : {"cup", "mug"}) {
    auto& line = *message.mutable_reserve_stock()->add_lines();
    line.set_sku(sku);
    line.set_quantity(3);
  }

  const auto received = DecodeCommand(RecordOf(message));

  ASSERT_THAT(received, IsOk());
  EXPECT_THAT(received->command.lines,
              ElementsAre(StockLine{Sku("cup"), 3}, StockLine{Sku("mug"), 5}));
  EXPECT_EQ(received->command.order_id.value(), kOrder);
  EXPECT_EQ(received->command.saga_id.value(), kSaga);
  EXPECT_EQ(received->traceparent, kTraceparent);
}

TEST(DecodeCommand, RefusesWhatCanNeverBeCarriedOut) {
  const std::vector<std::function<void(v1::InventoryCommand&)>> mistakes = {
      [](auto& message) { message.clear_step(); },
      [](auto& message) { message.mutable_step()->set_order_id("order-1"); },
      [](auto& message) { message.mutable_step()->set_saga_id(""); },
      [](auto& message) { message.mutable_step()->clear_step(); },
      [](auto& message) { message.clear_command(); },
      [](auto& message) { message.mutable_reserve_stock()->clear_lines(); },
      [](auto& message) { message.mutable_reserve_stock()->mutable_lines(0)->set_quantity(0); },
      [](auto& message) { message.mutable_reserve_stock()->mutable_lines(0)->set_sku("a b"); },
      [](auto& message) {
        message.mutable_reserve_stock()->mutable_lines(0)->set_quantity(2'000'000);
      },
  };
  for (const auto& mistake : mistakes) {
    v1::InventoryCommand message = AReserve();
    mistake(message);
    SCOPED_TRACE(message.GetTypeName());

    EXPECT_THAT(DecodeCommand(RecordOf(message)),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("offset 42")));
  }
}

TEST(DecodeCommand, RefusesBytesAndKeysThatAreNotOurs) {
  messaging::Record garbage = RecordOf(AReserve());
  garbage.value = "\xff\xff\xff";
  messaging::Record other_key = RecordOf(AReserve());
  other_key.key = "another";

  EXPECT_THAT(DecodeCommand(garbage), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DecodeCommand(other_key), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(DecodeCommand, RefusesThePackedRecordThatAProcessOfBeforeWouldSeeAsOne) {
  const messaging::Record command = RecordOf(AReserve());
  ASSERT_THAT(DecodeCommand(command), IsOk());

  EXPECT_THAT(DecodeCommand(messaging::Pack({command})),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(DecodeCommand(messaging::Pack({command, command})),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(EncodeReply, BringsTheStepBackAndIsCausedByTheHandlingOfItsCommand) {
  messaging::Record record = RecordOf(AReserve());
  record.span = "00-0af7651916cd43dd8448eb211c80319c-00f067aa0ba902b7-01";
  const auto received = DecodeCommand(record);
  ASSERT_THAT(received, IsOk());

  const outbox::OutboxMessage message = EncodeReply(*received, Answer{}, "id-1");

  EXPECT_EQ(message.message_id, "id-1");
  EXPECT_EQ(message.topic, "order.replies");
  EXPECT_EQ(message.key, kOrder);
  EXPECT_EQ(message.type, "orderflow.order.v1.SagaReply");
  EXPECT_EQ(message.traceparent, record.span);
  order::v1::SagaReply reply;
  ASSERT_TRUE(reply.ParseFromString(message.payload));
  EXPECT_EQ(reply.step().SerializeAsString(), received->step.SerializeAsString());
  EXPECT_EQ(reply.outcome(), order::v1::STEP_OUTCOME_DONE);
  EXPECT_FALSE(reply.has_refusal());
}

TEST(EncodeReply, SaysWhyACommandWasRefusedOrFailed) {
  const auto received = DecodeCommand(RecordOf(AReserve()));
  ASSERT_THAT(received, IsOk());
  Answer refused{Outcome::kRefused, {RefusalReason::kOutOfStock, "not enough", {Sku("mug")}}, ""};
  Answer failed{Outcome::kFailed, {}, "later"};

  order::v1::SagaReply refusal_reply, failed_reply;
  refusal_reply.ParseFromString(EncodeReply(*received, refused, "1").payload);
  failed_reply.ParseFromString(EncodeReply(*received, failed, "2").payload);

  EXPECT_EQ(refusal_reply.outcome(), order::v1::STEP_OUTCOME_REFUSED);
  EXPECT_EQ(refusal_reply.refusal().reason(), common::v1::Refusal::REASON_OUT_OF_STOCK);
  EXPECT_THAT(refusal_reply.refusal().skus(), ElementsAre("mug"));
  EXPECT_EQ(refusal_reply.refusal().message(), "not enough");
  EXPECT_EQ(failed_reply.outcome(), order::v1::STEP_OUTCOME_FAILED);
  EXPECT_EQ(failed_reply.error_message(), "later");
  EXPECT_FALSE(failed_reply.has_refusal());
}

}  // namespace
}  // namespace orderflow::inventory
