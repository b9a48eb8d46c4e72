// Proves what requests to publish events again are taken and how their records are shown.

#include "services/order/grpc/event_admin_mapping.h"

#include <gmock/gmock.h>

#include "libs/base/errors.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::SequentialIds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;

const rpc::Caller kAnyone{.kind = rpc::Caller::Kind::kAnyone};

v1::RepublishEventsRequest ARequest() {
  v1::RepublishEventsRequest request;
  request.set_request_id(SequentialIds::IdAt(1));
  request.mutable_from_time()->set_seconds(100);
  request.mutable_to_time()->set_seconds(200);
  request.set_actor("ann");
  request.set_reason("ticket 9");
  return request;
}

std::vector<FieldViolation> ViolationsOf(const v1::RepublishEventsRequest& request) {
  return DetailsOf(ValidateRepublishEvents(request, kAnyone).status()).field_violations;
}

auto Violates(const std::string& field) { return Contains(Field(&FieldViolation::field, field)); }

TEST(EventAdminMapping, TakesARequestAndShowsItsRecord) {
  v1::RepublishEventsRequest asked = ARequest();
  asked.set_after_order_id(SequentialIds::IdAt(7));
  const auto request = ValidateRepublishEvents(asked, kAnyone);
  ASSERT_THAT(request, IsOk());

  const v1::EventRepublication proto = ToProto({.republication_id = SequentialIds::IdAt(2),
                                                .request = *request,
                                                .orders = 3,
                                                .events = 8,
                                                .last = OrderId(SequentialIds::IdAt(9)),
                                                .time = Timestamp(Duration(1'000'000))});

  EXPECT_EQ(proto.request().SerializeAsString(), asked.SerializeAsString());
  EXPECT_EQ(proto.events(), 8);
  EXPECT_EQ(proto.orders(), 3);
  EXPECT_EQ(proto.last_order_id(), SequentialIds::IdAt(9));
  EXPECT_EQ(proto.create_time().seconds(), 1);
}

TEST(EventAdminMapping, ADryRunHasNoTime) {
  v1::RepublishEventsRequest asked = ARequest();
  asked.set_validate_only(true);
  const auto request = ValidateRepublishEvents(asked, kAnyone);
  ASSERT_THAT(request, IsOk());

  const v1::EventRepublication proto =
      ToProto({.republication_id = "", .request = *request, .last = {}, .time = {}});

  EXPECT_FALSE(proto.has_create_time());
  EXPECT_TRUE(proto.request().validate_only());
}

TEST(EventAdminMapping, RecordsWhoIsCallingAndNobodyElse) {
  const rpc::Caller bob{.kind = rpc::Caller::Kind::kOperator, .name = "bob"};
  v1::RepublishEventsRequest asked = ARequest();
  EXPECT_THAT(DetailsOf(ValidateRepublishEvents(asked, bob).status()).field_violations,
              Violates("actor"));

  asked.clear_actor();
  const auto request = ValidateRepublishEvents(asked, bob);
  ASSERT_THAT(request, IsOk());
  EXPECT_EQ(request->actor, "bob");
}

TEST(EventAdminMapping, NamesEveryFieldThatIsWrong) {
  v1::RepublishEventsRequest request;
  request.set_after_order_id("x");
  request.mutable_from_time()->set_seconds(1LL << 60);

  EXPECT_THAT(ViolationsOf(request), ElementsAre(Field(&FieldViolation::field, "request_id"),
                                                 Field(&FieldViolation::field, "from_time"),
                                                 Field(&FieldViolation::field, "to_time"),
                                                 Field(&FieldViolation::field, "after_order_id"),
                                                 Field(&FieldViolation::field, "actor"),
                                                 Field(&FieldViolation::field, "reason")));
}

TEST(EventAdminMapping, AnIntervalMustNotBeEmpty) {
  v1::RepublishEventsRequest request = ARequest();
  *request.mutable_to_time() = request.from_time();

  EXPECT_THAT(ViolationsOf(request), Violates("to_time"));
}

TEST(EventAdminMapping, ListsTakePageTokensOfTheirOwnOnly) {
  v1::ListEventRepublicationsRequest request;
  request.set_page_token("x");

  EXPECT_THAT(DetailsOf(ValidateListEventRepublications(request).status()).field_violations,
              Violates("page_token"));
}

}  // namespace
}  // namespace orderflow::order
