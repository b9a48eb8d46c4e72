// Proves that typed errors survive the way over the wire and back, that what the server must not
// tell is not told, and that an error never grows beyond what HTTP/2 trailers may hold.
#include "libs/rpc/status_mapping.h"

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"

namespace orderflow::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(StatusMapping, KeepsCodeMessageAndDetailsBothWays) {
  absl::Status status =
      InvalidArgument({{"items[0].sku", "must not be empty"}, {"currency", "is unknown"}});
  ErrorDetails details = DetailsOf(status);
  details.metadata = {{"limit", "100"}};
  details.retry_delay = std::chrono::milliseconds(1250);
  status = WithDetails(status, details);

  const absl::Status back = FromGrpcStatus(ToGrpcStatus(status));

  EXPECT_EQ(back.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(back.message(), status.message());
  EXPECT_EQ(DetailsOf(back).reason, "INVALID_REQUEST");
  EXPECT_EQ(DetailsOf(back).metadata, details.metadata);
  EXPECT_EQ(DetailsOf(back).retry_delay, details.retry_delay);
  EXPECT_THAT(DetailsOf(back).field_violations,
              ElementsAre(FieldViolation{"items[0].sku", "must not be empty"},
                          FieldViolation{"currency", "is unknown"}));
  EXPECT_EQ(FromProto(ToProto(ToGrpcStatus(status))), back);
}

TEST(StatusMapping, MapsEveryCodeToItself) {
  for (int code = 0; code <= 16; ++code) {
    const grpc::Status mapped =
        ToGrpcStatus(absl::Status(static_cast<absl::StatusCode>(code), "m"));
    EXPECT_EQ(static_cast<int>(mapped.error_code()), code);
    EXPECT_EQ(static_cast<int>(FromGrpcStatus(mapped).code()), code);
  }
}

TEST(StatusMapping, GivesEveryErrorAReason) {
  const grpc::Status mapped = ToGrpcStatus(absl::NotFoundError("no such order"));

  google::rpc::Status proto;
  google::rpc::ErrorInfo info;
  ASSERT_TRUE(proto.ParseFromString(mapped.error_details()));
  ASSERT_EQ(proto.details_size(), 1);
  ASSERT_TRUE(proto.details(0).UnpackTo(&info));
  EXPECT_EQ(info.domain(), "orderflow");
  EXPECT_EQ(info.reason(), "NOT_FOUND");
}

TEST(StatusMapping, DoesNotTellWhatOnlyTheLogMayKnow) {
  for (const absl::Status& status : {absl::InternalError("SQL: relation secrets does not exist"),
                                     absl::UnknownError("SQL: connection lost during COMMIT")}) {
    const grpc::Status mapped = ToGrpcStatus(status);
    EXPECT_THAT(mapped.error_message(), Not(HasSubstr("SQL")));
    EXPECT_THAT(mapped.error_details(), Not(HasSubstr("SQL")));
  }
}

// The texts of libpq, librdkafka and gRPC name what they could not reach.
TEST(StatusMapping, DoesNotTellWhatCouldNotBeReached) {
  const absl::Status unreachable = absl::UnavailableError(
      "connecting to PostgreSQL: connection to server at \"10.0.0.5\", port 5432 failed: FATAL:  "
      "password authentication failed for user \"orders_app\"");

  const grpc::Status mapped = ToGrpcStatus(unreachable);

  for (const char* secret : {"10.0.0.5", "5432", "orders_app"}) {
    EXPECT_THAT(mapped.error_message(), Not(HasSubstr(secret)));
    EXPECT_THAT(mapped.error_details(), Not(HasSubstr(secret)));
  }
  EXPECT_THAT(mapped.error_message(), HasSubstr("try again"));
  EXPECT_TRUE(IsWithheld(unreachable));
}

TEST(StatusMapping, TellsAnUnavailabilityThatIsMeantForClients) {
  const absl::Status stopping =
      TypedError(absl::StatusCode::kUnavailable, "this server is stopping", "SHUTTING_DOWN");

  EXPECT_EQ(ToGrpcStatus(stopping).error_message(), "this server is stopping");
  EXPECT_FALSE(IsWithheld(stopping));
  EXPECT_FALSE(IsWithheld(absl::OkStatus()));
  EXPECT_FALSE(IsWithheld(absl::NotFoundError("no such order")));
}

TEST(StatusMapping, StaysBelowTheSizeOfTrailers) {
  FieldViolations violations;
  for (int i = 0; i < 1000; ++i) {
    violations.Add("items[" + std::to_string(i) + "].sku", std::string(40, 'x') + "\xC3\xA4");
  }

  const grpc::Status mapped = ToGrpcStatus(violations.ToStatus());

  EXPECT_LE(mapped.error_message().size(), 1024u);
  EXPECT_LE(mapped.error_details().size(), 4096u);
  EXPECT_GT(DetailsOf(FromGrpcStatus(mapped)).field_violations.size(), 10u);
}

TEST(StatusMapping, DoesNotCutACharacterInTwo) {
  std::string umlauts = "x";
  while (umlauts.size() < 2000) {
    umlauts += "\xC3\xA4";
  }

  const std::string message = ToGrpcStatus(absl::NotFoundError(umlauts)).error_message();

  EXPECT_EQ(message.back(), '\xA4');
}

TEST(StatusMapping, TakesStatusesThatGrpcItselfMade) {
  const absl::Status status =
      FromGrpcStatus(grpc::Status(grpc::StatusCode::UNAVAILABLE, "failed to connect"));

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(Message(status), "failed to connect");
  EXPECT_EQ(
      DetailsOf(FromGrpcStatus(grpc::Status(grpc::StatusCode::ABORTED, "m", "not a proto"))).reason,
      "");
}

}  // namespace
}  // namespace orderflow::rpc
