// Proves that what a caller is not told stands in the log, and that an outage does not fill it.
#include "libs/rpc/call_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "libs/base/errors.h"
#include "libs/telemetry/log.h"

namespace orderflow::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kUnreachable[] = "connection to server at \"10.0.0.5\", port 5432 failed";

std::string LogOf(const std::function<void()>& action) {
  ::testing::internal::CaptureStderr();
  action();
  telemetry::FlushLog();
  return ::testing::internal::GetCapturedStderr();
}

TEST(CallAnswers, WhatIsWithheldIsLogged) {
  CallAnswers answers;
  for (const absl::Status& status :
       {absl::InternalError(kUnreachable), absl::UnavailableError(kUnreachable)}) {
    std::string told;
    const std::string log =
        LogOf([&] { told = answers.Of(status, "GetOrder", "trace-1").error_message(); });
    EXPECT_THAT(told, Not(HasSubstr("10.0.0.5")));
    EXPECT_THAT(log, HasSubstr("10.0.0.5"));
    EXPECT_THAT(log, HasSubstr("GetOrder"));
    EXPECT_THAT(log, HasSubstr("trace-1"));
  }
}

TEST(CallAnswers, AnOutageIsToldOnceForEachMethod) {
  CallAnswers answers;
  (void)answers.Of(absl::UnavailableError(kUnreachable), "GetOrder", "");

  EXPECT_THAT(
      LogOf([&] { (void)answers.Of(absl::UnavailableError(kUnreachable), "GetOrder", ""); }),
      IsEmpty());
  EXPECT_THAT(
      LogOf([&] { (void)answers.Of(absl::UnavailableError(kUnreachable), "ListOrders", ""); }),
      HasSubstr("ListOrders"));
  // Our own mistakes are told each time.
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(LogOf([&] { (void)answers.Of(absl::InternalError("bug"), "GetOrder", ""); }),
                HasSubstr("bug"));
  }
}

TEST(CallAnswers, WhatTheCallerIsToldIsNoMatterForTheLog) {
  CallAnswers answers;
  EXPECT_THAT(LogOf([&] {
                (void)answers.Of(absl::OkStatus(), "GetOrder", "");
                (void)answers.Of(absl::NotFoundError("none"), "GetOrder", "");
                (void)answers.Of(TypedError(absl::StatusCode::kUnavailable, "stopping", "STOPPING"),
                                 "GetOrder", "");
              }),
              IsEmpty());
}

}  // namespace
}  // namespace orderflow::rpc
