// Proves that requests about dead letters are taken only when every field is as required, that all
// violations are named, and what is shown of a dead letter.
#include "services/order/grpc/dead_letter_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/rpc/page_token.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using testing::StatusIs;
using ::testing::UnorderedElementsAre;

const std::vector<std::string> kTopics = {"order.events.dlq", "order.replies.dlq"};

std::vector<std::string> FieldsOf(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(status).field_violations) {
    fields.push_back(violation.field);
  }
  return fields;
}

// Nobody is asked who they are.
const rpc::Caller kAnyone{.kind = rpc::Caller::Kind::kAnyone};

v1::BatchSettleDeadLettersRequest ASettlement() {
  v1::BatchSettleDeadLettersRequest request;
  request.add_ids()->set_topic("order.events.dlq");
  request.mutable_settlement()->set_request_id("0190A8A0-0000-7000-8000-00000000000A");
  request.mutable_settlement()->set_kind(v1::DEAD_LETTER_ACTION_KIND_REDRIVE);
  request.mutable_settlement()->set_actor("ann");
  request.mutable_settlement()->set_reason("ticket 7");
  return request;
}

TEST(ValidateSettle, RecordsWhoIsCallingAndNobodyElse) {
  const rpc::Caller bob{.kind = rpc::Caller::Kind::kOperator, .name = "bob"};
  v1::BatchSettleDeadLettersRequest request = ASettlement();
  EXPECT_THAT(FieldsOf(ValidateBatchSettleDeadLetters(request, kTopics, bob).status()),
              ElementsAre("settlement.actor"));

  request.mutable_settlement()->clear_actor();
  const auto call = ValidateBatchSettleDeadLetters(request, kTopics, bob);
  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->request.actor, "bob");
}

TEST(ValidateSettle, TakesARequest) {
  const auto call = ValidateBatchSettleDeadLetters(ASettlement(), kTopics, kAnyone);

  ASSERT_THAT(call, IsOk());
  EXPECT_THAT(call->ids, ElementsAre(DeadLetterId{"order.events.dlq", 0, 0}));
  EXPECT_EQ(call->request.kind, DeadLetterActionKind::kRedrive);
  EXPECT_EQ(call->request.request_id, RequestId("0190a8a0-0000-7000-8000-00000000000a"));
}

TEST(ValidateSettle, NamesEveryViolation) {
  v1::BatchSettleDeadLettersRequest request;
  request.add_ids()->set_topic("order.events");
  request.mutable_ids(0)->set_offset(-1);
  request.mutable_settlement()->set_actor("4111 1111 1111 1111");

  const auto call = ValidateBatchSettleDeadLetters(request, kTopics, kAnyone);

  EXPECT_THAT(call, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(FieldsOf(call.status()),
              UnorderedElementsAre("settlement.kind", "settlement.request_id", "settlement.actor",
                                   "settlement.reason", "ids[0].topic", "ids[0].offset"));
}

TEST(ValidateSettle, RefusesNoneTwiceAndTooMany) {
  v1::BatchSettleDeadLettersRequest none = ASettlement(), twice = ASettlement(),
                                    many = ASettlement();
  none.clear_ids();
  *twice.add_ids() = twice.ids(0);
  for (int i = 1; i <= kSettleBatchMax; ++i) {
    *many.add_ids() = many.ids(0);
    many.mutable_ids(i)->set_offset(i);
  }

  EXPECT_THAT(FieldsOf(ValidateBatchSettleDeadLetters(none, kTopics, kAnyone).status()),
              ElementsAre("ids"));
  EXPECT_THAT(FieldsOf(ValidateBatchSettleDeadLetters(twice, kTopics, kAnyone).status()),
              ElementsAre("ids[1]"));
  EXPECT_THAT(FieldsOf(ValidateBatchSettleDeadLetters(many, kTopics, kAnyone).status()),
              ElementsAre("ids"));
}

TEST(ValidateList, LooksIntoAllQueuesUnlessTopicsAreGiven) {
  v1::ListDeadLettersRequest all, one, wrong;
  one.mutable_filter()->add_original_topics("order.replies");
  one.mutable_filter()->add_original_topics("order.replies");
  wrong.mutable_filter()->add_original_topics("order.replies.dlq");

  EXPECT_EQ(ValidateListDeadLetters(all, kTopics)->topics, kTopics);
  EXPECT_THAT(ValidateListDeadLetters(one, kTopics)->topics, ElementsAre("order.replies.dlq"));
  EXPECT_THAT(FieldsOf(ValidateListDeadLetters(wrong, kTopics).status()),
              ElementsAre("filter.original_topics[0]"));
}

TEST(ValidateList, GoesOnWhereThePageBeforeEnded) {
  v1::ListDeadLettersRequest request;
  request.mutable_filter()->set_state(v1::DEAD_LETTER_STATE_OPEN);
  request.set_page_token(rpc::EncodePageToken("order.events.dlq/3/17", FilterKey(request)));

  const auto call = ValidateListDeadLetters(request, kTopics);

  ASSERT_THAT(call, IsOk());
  EXPECT_EQ(call->from, (DeadLetterId{"order.events.dlq", 3, 17}));
  EXPECT_EQ(call->filter.state, DeadLetterState::kOpen);
  request.mutable_filter()->set_key("another filter");
  EXPECT_THAT(FieldsOf(ValidateListDeadLetters(request, kTopics).status()),
              ElementsAre("page_token"));
}

TEST(DeadLetterToProto, ShowsWhatCannotBeDecodedAsBytes) {
  DeadLetter letter;
  letter.id = {"order.events.dlq", 3, 17};
  letter.type = "orderflow.Unheard";
  letter.value = "\x01\x02";

  const v1::DeadLetter proto = ToDetailedProto(letter, nullptr);

  EXPECT_EQ(proto.state(), v1::DEAD_LETTER_STATE_OPEN);
  EXPECT_EQ(proto.value_hex(), "0102");
  EXPECT_TRUE(proto.value_json().empty());
  EXPECT_EQ(proto.value_size(), 2);
  EXPECT_TRUE(ToProto(letter, nullptr).value_hex().empty()) << "not in lists";
}

TEST(DeadLetterToProto, CarriesARefusalAsItsStatus) {
  const v1::DeadLetterResult proto = ToProto(DeadLetterResult{
      {"order.events.dlq", 3, 17}, DeadLetterNotFound({"order.events.dlq", 3, 17})});

  EXPECT_EQ(proto.error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_EQ(proto.id().offset(), 17);
}

}  // namespace
}  // namespace orderflow::order
