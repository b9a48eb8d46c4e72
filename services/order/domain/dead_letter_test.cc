// Proves which dead letters may be settled how, that each is settled once, and how they are named
// and found.
#include "services/order/domain/dead_letter.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using testing::IsOk;
using testing::StatusIs;

constexpr auto kRedrive = DeadLetterActionKind::kRedrive;
constexpr auto kDiscard = DeadLetterActionKind::kDiscard;

DeadLetter ALetter() {
  DeadLetter letter;
  letter.id = {"order.replies.dlq", 1, 7};
  letter.original_topic = "order.replies";
  letter.key = "o-1";
  letter.reason = "INVALID_ARGUMENT: is not a SagaReply";
  return letter;
}

DeadLetter ACommand() {
  DeadLetter letter = ALetter();
  letter.original_topic = "payment.commands";
  letter.is_command = true;
  return letter;
}

DeadLetterAction AnAction() {
  DeadLetterAction action;
  action.letter = ALetter();
  action.request = {RequestId("r-1"), kRedrive, "ann", "ticket 7", false};
  return action;
}

TEST(DeadLetterId, IsWrittenAndRead) {
  const DeadLetterId id{"order.events.dlq", 3, 17};

  EXPECT_EQ(ToString(id), "order.events.dlq/3/17");
  EXPECT_EQ(ParseDeadLetterId("order.events.dlq/3/17"), id);
  for (const char* text : {"", "/", "a/1", "/1/2", "a//2", "a/1/", "a/-1/2", "a/1/-2", "a/1/2x"}) {
    EXPECT_FALSE(ParseDeadLetterId(text)) << text;
  }
}

TEST(CheckSettlement, RepliesAndEventsMayGoWhateverTheirOrderIs) {
  EXPECT_THAT(CheckSettlement(ALetter(), kRedrive, std::nullopt), IsOk());
  EXPECT_THAT(CheckSettlement(ALetter(), kRedrive, OrderState::kConfirmed), IsOk());
}

TEST(CheckSettlement, CommandsGoToOrdersThatAreUnderWay) {
  EXPECT_THAT(CheckSettlement(ACommand(), kRedrive, OrderState::kPending), IsOk());
  EXPECT_THAT(CheckSettlement(ACommand(), kRedrive, OrderState::kCancelling), IsOk());
}

// Nobody would undo what such a command does.
TEST(CheckSettlement, RefusesCommandsThatNobodyWaitsFor) {
  for (const auto& state :
       {std::optional(OrderState::kConfirmed), std::optional(OrderState::kRejected),
        std::optional(OrderState::kCancelled), std::optional<OrderState>()}) {
    const absl::Status status = CheckSettlement(ACommand(), kRedrive, state);
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_EQ(DetailsOf(status).reason, "ORDER_DOES_NOT_WAIT");
    EXPECT_THAT(CheckSettlement(ACommand(), kDiscard, state), IsOk());
  }
}

TEST(CheckSettlement, DoesNotSendWhatNoConsumerHasParked) {
  DeadLetter foreign = ALetter();
  foreign.original_topic.clear();

  const absl::Status status = CheckSettlement(foreign, kRedrive, OrderState::kPending);

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(status).reason, "NOT_OUR_DEAD_LETTER");
  EXPECT_THAT(CheckSettlement(foreign, kDiscard, std::nullopt), IsOk());
}

TEST(CheckSameSettlement, TakesTheSameRequestOnly) {
  const DeadLetterAction stored = AnAction();
  DeadLetterRequest other_kind = stored.request, other_request = stored.request;
  other_kind.kind = kDiscard;
  other_request.request_id = RequestId("r-2");

  EXPECT_THAT(CheckSameSettlement(stored, stored.request), IsOk());
  EXPECT_THAT(CheckSameSettlement(stored, other_kind), StatusIs(absl::StatusCode::kAlreadyExists));
  const absl::Status settled = CheckSameSettlement(stored, other_request);
  EXPECT_THAT(settled, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(settled).reason, "DEAD_LETTER_SETTLED");
}

TEST(DeadLetterFilter, HoldsForAllThatIsSet) {
  const Timestamp now{std::chrono::hours(1000)};
  DeadLetter letter = ALetter();
  letter.park_time = now - std::chrono::minutes(10);
  const auto matches = [&](const DeadLetterFilter& filter) {
    return Matches(filter, letter, DeadLetterState::kOpen, now);
  };

  EXPECT_TRUE(matches({}));
  EXPECT_TRUE(matches({.key = "o-1",
                       .reason_part = "SagaReply",
                       .state = DeadLetterState::kOpen,
                       .age_min = std::chrono::minutes(10)}));
  EXPECT_FALSE(matches({.key = "o-2", .reason_part = "", .state = {}}));
  EXPECT_FALSE(matches({.key = "", .reason_part = "time-out", .state = {}}));
  EXPECT_FALSE(matches({.key = "", .reason_part = "", .state = DeadLetterState::kRedriven}));
  EXPECT_FALSE(
      matches({.key = "", .reason_part = "", .state = {}, .age_min = std::chrono::minutes(11)}));
  letter.park_time.reset();
  EXPECT_FALSE(
      matches({.key = "", .reason_part = "", .state = {}, .age_min = std::chrono::seconds(1)}))
      << "its age is not known";
}

TEST(RecordHash, TellsRecordsApartAndNotWhereTheyStand) {
  const std::string hash = RecordHash(ALetter());
  DeadLetter elsewhere = ALetter();
  elsewhere.id.offset = 8;
  DeadLetter other_message = ALetter();
  other_message.message_id = "m-2";
  DeadLetter came_again = ALetter();
  came_again.original_offset = 9;

  EXPECT_EQ(RecordHash(elsewhere), hash);
  EXPECT_NE(RecordHash(other_message), hash);
  EXPECT_NE(RecordHash(came_again), hash);
}

}  // namespace
}  // namespace orderflow::order
