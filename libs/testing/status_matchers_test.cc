// Proves that the status matchers tell apart what they should, for Status and for StatusOr.

#include "libs/testing/status_matchers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

namespace orderflow::testing {
namespace {

using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;

TEST(StatusMatchers, IsOkMatchesStatusAndStatusOr) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::NotFoundError("x"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("x")), Not(IsOk()));
}

TEST(StatusMatchers, IsOkAndHoldsTakesValuesAndMatchers) {
  EXPECT_THAT(absl::StatusOr<int>(1), IsOkAndHolds(1));
  EXPECT_THAT(absl::StatusOr<int>(1), IsOkAndHolds(Gt(0)));
  EXPECT_THAT(absl::StatusOr<int>(1), Not(IsOkAndHolds(2)));
  EXPECT_THAT(absl::StatusOr<int>(absl::NotFoundError("x")), Not(IsOkAndHolds(0)));
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds("abc"));
}

TEST(StatusMatchers, IsOkAndHoldsTakesMoveOnlyValues) {
  const absl::StatusOr<std::unique_ptr<int>> result = std::make_unique<int>(3);

  EXPECT_THAT(result, IsOkAndHolds(Pointee(3)));
}

TEST(StatusMatchers, StatusIsComparesCodeAndMessage) {
  const absl::Status status = absl::NotFoundError("no order 7");

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "no order 7"));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("order")));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kAborted)));
  EXPECT_THAT(status, Not(StatusIs(absl::StatusCode::kNotFound, HasSubstr("payment"))));
  EXPECT_THAT(absl::StatusOr<int>(status),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("order")));
}

}  // namespace
}  // namespace orderflow::testing
