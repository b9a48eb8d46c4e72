// Proves what clients are told of errors that are theirs to repeat, and that an error which they
// are told to look for in the log is there.
#include "services/order/grpc/client_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/telemetry/log.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::Not;
using testing::StatusIs;

TEST(ClientStatus, WhatIsInConflictOrInDoubtIsRepeatedWithTheSameRequestId) {
  for (const absl::Status& status :
       {absl::AbortedError("deadlock"), absl::UnknownError("connection lost during COMMIT")}) {
    EXPECT_THAT(ForClient(status),
                StatusIs(absl::StatusCode::kUnavailable, HasSubstr("with the same request_id")));
    EXPECT_THAT(ForClient([status](const rpc::Caller&) { return status; })({}),
                StatusIs(absl::StatusCode::kUnavailable));
  }
}

TEST(ClientStatus, EverythingElseStaysAsItIs) {
  EXPECT_THAT(ForClient(absl::OkStatus()), IsOk());
  for (const absl::Status& status :
       {TypedError(absl::StatusCode::kFailedPrecondition, "no", "WHY"), absl::NotFoundError("none"),
        absl::UnavailableError("no database"), absl::InternalError("a bug")}) {
    EXPECT_EQ(ForClient(status), status);
    EXPECT_EQ(ForClient([status](const rpc::Caller&) { return status; })({}), status);
  }
}

TEST(ClientStatus, APartOfABatchIsToldAsACallWouldBe) {
  const google::rpc::Status refused =
      ErrorOfPart(TypedError(absl::StatusCode::kFailedPrecondition, "no", "WHY"), "Repair", "o-1");
  const google::rpc::Status doubtful = ErrorOfPart(absl::UnknownError("COMMIT"), "Repair", "o-1");

  EXPECT_EQ(refused.code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(refused.message(), "no");
  EXPECT_EQ(refused.details_size(), 1);
  EXPECT_EQ(doubtful.code(), static_cast<int>(absl::StatusCode::kUnavailable));
}

TEST(ClientStatus, APartThatFailedByOurFaultIsLoggedAndNotTold) {
  ::testing::internal::CaptureStderr();
  const google::rpc::Status told = ErrorOfPart(absl::InternalError("torn row"), "Repair", "o-1");
  telemetry::FlushLog();
  const std::string log = ::testing::internal::GetCapturedStderr();

  EXPECT_EQ(told.code(), static_cast<int>(absl::StatusCode::kInternal));
  EXPECT_THAT(told.message(), Not(HasSubstr("torn row")));
  EXPECT_THAT(log, HasSubstr("\"level\":\"error\""));
  EXPECT_THAT(log, HasSubstr("torn row"));
  EXPECT_THAT(log, HasSubstr("o-1"));
  EXPECT_THAT(log, HasSubstr("Repair"));
}

TEST(ClientStatus, ARefusalIsNoMatterForTheLog) {
  ::testing::internal::CaptureStderr();
  (void)ErrorOfPart(absl::NotFoundError("none"), "Repair", "o-1");
  telemetry::FlushLog();

  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
}

}  // namespace
}  // namespace orderflow::order
