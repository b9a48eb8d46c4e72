// Proves that the column payments.operations gives back what was written, and refuses what was not.

#include "services/payment/persistence/operations_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Timestamp kNow = testing::FakeClock::kStart;
constexpr char kSaga[] = "018f6e3c-0000-7000-8000-000000000001";

Operation Declined() {
  return {.kind = OperationKind::kAuthorize,
          .state = OperationState::kDeclined,
          .provider_reference = "reference-1",
          .decline_code = "insufficient_funds",
          .attempts = 3,
          .last_error = "no \"answer\" \ncame",
          .asked_by = {SagaId(kSaga), "authorize_payment", true, 2, "00-abc-def-01"},
          .next_action_in = std::nullopt,
          .create_time = kNow,
          .update_time = kNow + Duration(1)};
}

Operation Requested() {
  return {.kind = OperationKind::kVoid,
          .asked_by = {.saga_id = SagaId(kSaga), .step = "authorize_payment"},
          .create_time = kNow,
          .update_time = kNow};
}

TEST(OperationsCodec, GivesBackWhatWasWritten) {
  EXPECT_THAT(DecodeOperations(EncodeOperations({})), IsOkAndHolds(IsEmpty()));
  EXPECT_THAT(DecodeOperations(EncodeOperations({Declined(), Requested()})),
              IsOkAndHolds(ElementsAre(Declined(), Requested())));
}

TEST(OperationsCodec, ReplacesWhatPostgresqlCannotHold) {
  Operation operation = Requested();
  operation.last_error = std::string("a\0b\xff", 4);

  const auto read = DecodeOperations(EncodeOperations({operation}));

  ASSERT_THAT(read, testing::IsOk());
  EXPECT_EQ(read->front().last_error.find('\0'), std::string::npos);
  EXPECT_THAT(read->front().last_error, HasSubstr("a"));
}

TEST(OperationsCodec, RefusesWhatItDoesNotKnow) {
  const std::string good = EncodeOperations({Requested()});
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return DecodeOperations(text).status();
  };
  ASSERT_THAT(DecodeOperations(good), testing::IsOk());

  EXPECT_THAT(with("VOID", "TRANSFER"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(with("REQUESTED", "LOST"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(with("attempts", "tries"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(with("create_time", "time"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeOperations(""), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeOperations("{}"), StatusIs(absl::StatusCode::kInternal));
}

TEST(OperationsCodec, RefusesTwoOfAKind) {
  EXPECT_THAT(DecodeOperations(EncodeOperations({Requested(), Requested()})),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("two of the kind VOID")));
}

}  // namespace
}  // namespace orderflow::payment
