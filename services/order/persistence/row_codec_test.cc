// Proves that what is stored as JSON is read back the same, to the microsecond, and that foreign
// text is an error and not a guess.

#include "services/order/persistence/row_codec.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;

TEST(RowCodec, LinesComeBack) {
  const std::vector<OrderLine> lines{{Sku("A"), 2, 250}, {Sku("B"), 10000, 1'000'000'000'000}};

  EXPECT_THAT(DecodeLines(EncodeLines(lines)), IsOkAndHolds(lines));
}

TEST(RowCodec, HistoryComesBackToTheMicrosecond) {
  const Refusal refusal{RefusalReason::kPaymentDeclined,
                        "declined: \"no\" \\ funds",
                        {"A", "B"},
                        "insufficient_funds"};
  const std::vector<StateChange> history{
      {1, OrderState::kPending, Timestamp(Duration(1'767'323'045'000'001)), std::nullopt},
      {2, OrderState::kRejected, Timestamp(Duration(1'767'323'045'999'999)), refusal}};

  EXPECT_THAT(DecodeHistory(EncodeHistory(history)), IsOkAndHolds(history));
}

TEST(RowCodec, StepsComeBack) {
  saga::SagaDefinition definition;
  definition.steps.resize(2);
  saga::SagaInstance saga;
  saga.steps = {
      {saga::StepState::kExecuting, 3, Timestamp(Duration(1'767'323'045'000'001)), "timed out"},
      {saga::StepState::kPending, 0, std::nullopt, ""}};

  EXPECT_THAT(DecodeSteps(EncodeSteps(saga, definition)), IsOkAndHolds(saga.steps));
}

TEST(RowCodec, ViolationsComeBackAsTheSameRefusal) {
  const absl::Status refusal = InvalidArgument({{"items[0].sku", "unknown SKU A"}});

  EXPECT_EQ(DecodeViolations(EncodeViolations(refusal)), refusal);
}

TEST(RowCodec, TextOfOthersIsStoredWhateverItHolds) {
  saga::SagaDefinition definition;
  definition.steps.resize(1);
  saga::SagaInstance saga;
  saga.steps = {{saga::StepState::kExecuting, 1, std::nullopt, std::string("\xff \0 \"ü\"\n", 9)}};

  const auto steps = DecodeSteps(EncodeSteps(saga, definition));

  ASSERT_THAT(steps, orderflow::testing::IsOk());
  EXPECT_EQ(steps->at(0).last_error, "\xEF\xBF\xBD ? \"ü\"\n");
}

TEST(RowCodec, AReasonOfANewerVersionIsUnspecified) {
  const auto history = DecodeHistory(
      R"([{"time": "2026-01-02 03:04:05+00", "state": "REJECTED", "sequence": 1,
           "refusal": {"reason": "FROM_THE_FUTURE", "message": "m"}}])");

  ASSERT_THAT(history, orderflow::testing::IsOk());
  EXPECT_EQ(history->at(0).refusal->reason, RefusalReason::kUnspecified);
  EXPECT_EQ(history->at(0).refusal->message, "m");
}

TEST(RowCodec, ReadsTimesAsPostgresqlWritesThem) {
  const auto history = DecodeHistory(
      R"([{"time": "2026-01-02 03:04:05.1+00", "state": "PENDING", "sequence": 1},
          {"time": "2026-01-02 03:04:05+00", "state": "CONFIRMED", "sequence": 2}])");

  ASSERT_THAT(history, orderflow::testing::IsOk());
  EXPECT_EQ(history->at(0).time, Timestamp(Duration(1'767'323'045'100'000)));
  EXPECT_EQ(history->at(1).time, Timestamp(Duration(1'767'323'045'000'000)));
}

TEST(RowCodec, ForeignTextIsAnInternalError) {
  EXPECT_THAT(DecodeLines("[{\"sku\": 1}]"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeHistory("{"), StatusIs(absl::StatusCode::kInternal));
  for (const char* time :
       {"yesterday", "2026-01-02 03:04:05", "2026-01-02 03:04:05+07", "2026-13-02 03:04:05+00",
        "2026-02-30 03:04:05+00", "2026-01-02 24:04:05+00", "2026-01-02T03:04:05+00",
        "-026-01-02 03:04:05+00", "2026-01-02 03:04:05.x+00", ""}) {
    EXPECT_THAT(DecodeHistory(std::string(R"([{"sequence": 1, "state": "PENDING", "time": ")") +
                              time + R"("}])"),
                StatusIs(absl::StatusCode::kInternal))
        << time;
  }
  EXPECT_THAT(DecodeSteps("[{}]"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeSteps(R"([{"attempts": 1, "state": "DANCING"}])"),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeSteps("[1]"), StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(DecodeSteps("{}"), StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace orderflow::order
