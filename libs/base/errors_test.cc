// Proves that error details survive the way through absl::Status whatever text they hold, and that
// the shorthands give the code, reason and message that callers rely on.

#include "libs/base/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "libs/base/status_macros.h"
#include "libs/testing/status_matchers.h"

namespace orderflow {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

TEST(ErrorDetails, SurviveTheRoundTrip) {
  const ErrorDetails details{
      .reason = "OUT_OF_STOCK",
      .metadata = {{"sku", "apple"}, {"available", "3"}},
      .field_violations = {{"items[0].quantity", "must be at least 1"}, {"customer_id", ""}},
      .retry_delay = std::chrono::milliseconds(1500)};

  const ErrorDetails read = DetailsOf(WithDetails(absl::AbortedError("x"), details));

  EXPECT_EQ(read.reason, details.reason);
  EXPECT_EQ(read.metadata, details.metadata);
  EXPECT_EQ(read.field_violations, details.field_violations);
  EXPECT_EQ(read.retry_delay, details.retry_delay);
}

TEST(ErrorDetails, SurviveTextThatLooksLikeTheEncoding) {
  const std::string nasty("3:a\0:9\n12:", 10);
  const ErrorDetails details{.reason = nasty,
                             .metadata = {{nasty, nasty}, {"", ""}},
                             .field_violations = {{nasty, nasty}},
                             .retry_delay = {}};

  const ErrorDetails read = DetailsOf(WithDetails(absl::InternalError("x"), details));

  EXPECT_EQ(read.reason, details.reason);
  EXPECT_EQ(read.metadata, details.metadata);
  EXPECT_EQ(read.field_violations, details.field_violations);
  EXPECT_EQ(read.retry_delay, std::nullopt);
}

TEST(ErrorDetails, AreReplacedByLaterOnes) {
  const absl::Status first = TypedError(absl::StatusCode::kAborted, "x", "FIRST", {{"a", "1"}});

  const ErrorDetails read = DetailsOf(WithDetails(
      first, {.reason = "SECOND", .metadata = {}, .field_violations = {}, .retry_delay = {}}));

  EXPECT_EQ(read.reason, "SECOND");
  EXPECT_THAT(read.metadata, IsEmpty());
}

TEST(ErrorDetails, AreEmptyWithoutPayload) {
  const ErrorDetails read = DetailsOf(absl::NotFoundError("no such order"));

  EXPECT_EQ(read.reason, "");
  EXPECT_THAT(read.metadata, IsEmpty());
  EXPECT_THAT(read.field_violations, IsEmpty());
  EXPECT_EQ(read.retry_delay, std::nullopt);
}

TEST(ErrorDetails, DoNothingToOk) {
  const absl::Status status = WithDetails(
      absl::OkStatus(), {.reason = "X", .metadata = {}, .field_violations = {}, .retry_delay = {}});

  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(DetailsOf(status).reason, "");
}

TEST(FieldViolations, AreOkWhenEverythingHolds) {
  FieldViolations violations;

  EXPECT_TRUE(violations.Check(true, "quantity", "must be at least 1"));

  EXPECT_TRUE(violations.empty());
  EXPECT_THAT(violations.ToStatus(), IsOk());
}

TEST(FieldViolations, NameEveryFieldAtOnce) {
  FieldViolations violations;
  EXPECT_FALSE(violations.Check(false, "quantity", "must be at least 1"));
  violations.Add("sku", "must be set");

  const absl::Status status = violations.ToStatus();

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               AllOf(HasSubstr("quantity: must be at least 1"),
                                     HasSubstr("sku: must be set"))));
  EXPECT_EQ(DetailsOf(status).reason, "INVALID_REQUEST");
  EXPECT_EQ(DetailsOf(status).field_violations, violations.list());
}

TEST(TypedError, CarriesCodeMessageReasonAndMetadata) {
  const absl::Status status = TypedError(absl::StatusCode::kNotFound, "order 7 does not exist",
                                         "ORDER_NOT_FOUND", {{"order_id", "7"}});

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "order 7 does not exist"));
  EXPECT_EQ(DetailsOf(status).reason, "ORDER_NOT_FOUND");
  EXPECT_THAT(DetailsOf(status).metadata, UnorderedElementsAre(Pair("order_id", "7")));
}

TEST(Overloaded, SaysWhenToComeBack) {
  const absl::Status status = Overloaded("too many orders wait", std::chrono::milliseconds(250));

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted, "too many orders wait"));
  EXPECT_EQ(DetailsOf(status).reason, "OVERLOADED");
  EXPECT_EQ(DetailsOf(status).retry_delay, std::chrono::milliseconds(250));
}

TEST(IsRetryable, HoldsForExactlyThreeCodes) {
  using absl::StatusCode;
  const std::vector<StatusCode> retryable{StatusCode::kUnavailable, StatusCode::kAborted,
                                          StatusCode::kUnknown};

  for (int code = 0; code <= 16; ++code) {
    const auto status_code = static_cast<StatusCode>(code);
    const bool expected =
        std::find(retryable.begin(), retryable.end(), status_code) != retryable.end();
    EXPECT_EQ(IsRetryable(absl::Status(status_code, "x")), expected)
        << absl::StatusCodeToString(status_code);
  }
}

absl::StatusOr<int> Half(int number) {
  if (number % 2 != 0) {
    return absl::InvalidArgumentError("odd");
  }
  return number / 2;
}

absl::StatusOr<int> Quarter(int number) {
  ASSIGN_OR_RETURN(const int half, Half(number));
  RETURN_IF_ERROR(Half(half).status());
  return Half(half);
}

TEST(StatusMacros, PassValuesOnAndReturnErrors) {
  EXPECT_THAT(Quarter(8), ::orderflow::testing::IsOkAndHolds(2));
  EXPECT_THAT(Quarter(6), StatusIs(absl::StatusCode::kInvalidArgument, "odd"));
  EXPECT_THAT(Quarter(5), StatusIs(absl::StatusCode::kInvalidArgument));
}

}  // namespace
}  // namespace orderflow
