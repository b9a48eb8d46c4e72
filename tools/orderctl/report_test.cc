// Proves that an error names code, reason, every violated field and what to do, in both forms, and
// that exit codes keep refusals and outages apart.
#include "tools/orderctl/report.h"

#include <chrono>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "libs/base/errors.h"
#include "nlohmann/json.hpp"
#include "orderflow/order/v1/order_service.pb.h"

namespace orderflow::orderctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Report, NamesEveryViolatedField) {
  const absl::Status status = InvalidArgument(
      {{"items[0].quantity", "must be 1 to 10000"}, {"email", "must be an address"}});

  const std::string text = ErrorText(status, Terminal(false));

  EXPECT_THAT(text, HasSubstr("INVALID_ARGUMENT"));
  EXPECT_THAT(text, HasSubstr("items[0].quantity: must be 1 to 10000\n"));
  EXPECT_THAT(text, HasSubstr("email: must be an address\n"));
  EXPECT_THAT(text, HasSubstr("Correct the fields"));
}

TEST(Report, GivesTheSameFactsAsJson) {
  const absl::Status status = TypedError(absl::StatusCode::kAlreadyExists, "used \"before\"",
                                         "REQUEST_ID_REUSED", {{"request_id", "r-1"}});

  const nlohmann::json error = nlohmann::json::parse(ErrorJson(status)).at("error");

  EXPECT_EQ(error.at("code"), "ALREADY_EXISTS");
  EXPECT_EQ(error.at("reason"), "REQUEST_ID_REUSED");
  EXPECT_EQ(error.at("message"), "used \"before\"");
  EXPECT_EQ(error.at("metadata").at("request_id"), "r-1");
  EXPECT_TRUE(error.at("fieldViolations").empty());
}

TEST(Report, SaysHowLongToWait) {
  const absl::Status status = Overloaded("too many orders wait", std::chrono::milliseconds(200));

  EXPECT_THAT(ErrorText(status, Terminal(false)), HasSubstr("after 200 ms"));
  EXPECT_EQ(nlohmann::json::parse(ErrorJson(status)).at("error").at("retryDelayMs"), 200);
}

TEST(Report, SendsWhoWasRefusedARepairToTheExplanation) {
  const absl::Status status = TypedError(absl::StatusCode::kFailedPrecondition, "it is not stuck",
                                         "SAGA_ACTION_NOT_POSSIBLE");

  EXPECT_THAT(ErrorText(status, Terminal(false)), HasSubstr("orderctl saga explain"));
}

TEST(Report, TellsOutagesFromRefusals) {
  EXPECT_EQ(ExitCodeFor(absl::OkStatus()), kExitOk);
  EXPECT_EQ(ExitCodeFor(absl::NotFoundError("no")), kExitRefused);
  EXPECT_EQ(ExitCodeFor(absl::UnavailableError("no")), kExitUnavailable);
  EXPECT_EQ(ExitCodeFor(absl::DeadlineExceededError("no")), kExitUnavailable);
}

// Found by a review: these looked like refusals, and did not say how to repeat them.
TEST(Report, TellsAnOutcomeInDoubtFromARefusal) {
  for (const absl::Status& status : {absl::UnknownError("it broke"), absl::AbortedError("it broke"),
                                     absl::UnavailableError("it broke")}) {
    EXPECT_EQ(ExitCodeFor(status), kExitUnavailable);
    const std::string text = ErrorText(NamingRequest(status, "r-1"), Terminal(false));
    EXPECT_THAT(text, HasSubstr("request_id = r-1\n"));
    EXPECT_THAT(text, HasSubstr("with --request-id r-1"));
  }
  EXPECT_THAT(ErrorText(NamingRequest(absl::NotFoundError("no"), "r-1"), Terminal(false)),
              Not(HasSubstr("r-1")));
  EXPECT_THAT(ErrorText(absl::UnknownError("a read"), Terminal(false)),
              Not(HasSubstr("--request-id")));
}

TEST(Report, PrintsEveryFieldOfAMessage) {
  order::v1::OrderStateChange change;
  change.set_order_id("o");

  const nlohmann::json json = nlohmann::json::parse(ToJson(change));

  EXPECT_EQ(json.at("orderId"), "o");
  EXPECT_EQ(json.at("sequence"), "0");
  EXPECT_EQ(json.at("state"), "ORDER_STATE_UNSPECIFIED");
}

}  // namespace
}  // namespace orderflow::orderctl
