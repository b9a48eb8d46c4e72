// Proves which states of a payment count as proof that a step was carried out, against a payment
// service of its own on loopback.

#include "services/order/grpc/participant_step_proof.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/service.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using payment::v1::PaymentState;
using ::testing::HasSubstr;
using ::testing::Not;

// Shows every payment in one state; UNSPECIFIED: it knows none.
class OnePayment final
    : public rpc::ServiceOf<payment::v1::PaymentService::WithAsyncMethod_GetPayment<
          payment::v1::PaymentService::Service>> {
 public:
  OnePayment() {
    Unary(&Generated::RequestGetPayment, [this](auto* call, const auto*, auto* response) {
      response->set_state(state);
      call->Finish(state == payment::v1::PAYMENT_STATE_UNSPECIFIED
                       ? grpc::Status(grpc::StatusCode::NOT_FOUND, "no payment")
                       : grpc::Status::OK);
    });
  }

  PaymentState state = payment::v1::PAYMENT_STATE_UNSPECIFIED;
};

class ParticipantStepProofTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_THAT(server_.Start({&payment_}), IsOk()); }
  void TearDown() override { server_.Stop(std::chrono::seconds(5)); }

  absl::Status Prove(const std::string& command, PaymentState state) {
    payment_.state = state;
    ParticipantStepProof proof(rpc::MakeChannel("127.0.0.1:" + std::to_string(server_.port()), {}));
    return proof.Prove(command, OrderId("o"));
  }

  OnePayment payment_;
  rpc::Server server_{{.listen_address = "127.0.0.1:0"}};
};

TEST_F(ParticipantStepProofTest, AFinalStateOfThePaymentProvesItsStep) {
  EXPECT_THAT(Prove("AuthorizePayment", payment::v1::PAYMENT_STATE_AUTHORIZED), IsOk());
  EXPECT_THAT(Prove("CapturePayment", payment::v1::PAYMENT_STATE_CAPTURED), IsOk());
  EXPECT_THAT(Prove("VoidPayment", payment::v1::PAYMENT_STATE_VOIDED), IsOk());
  EXPECT_THAT(Prove("VoidPayment", payment::v1::PAYMENT_STATE_DECLINED), IsOk());
  EXPECT_THAT(Prove("RefundPayment", payment::v1::PAYMENT_STATE_REFUNDED), IsOk());
}

TEST_F(ParticipantStepProofTest, AnotherStateDoesNot) {
  constexpr auto kRefused = absl::StatusCode::kFailedPrecondition;

  EXPECT_THAT(Prove("CapturePayment", payment::v1::PAYMENT_STATE_CAPTURING), StatusIs(kRefused));
  EXPECT_THAT(Prove("CapturePayment", payment::v1::PAYMENT_STATE_REFUNDED), StatusIs(kRefused));
  EXPECT_THAT(Prove("VoidPayment", payment::v1::PAYMENT_STATE_CAPTURED), StatusIs(kRefused));
  EXPECT_THAT(Prove("RefundPayment", payment::v1::PAYMENT_STATE_CAPTURED), StatusIs(kRefused));
  EXPECT_THAT(Prove("VoidPayment", payment::v1::PAYMENT_STATE_UNSPECIFIED), StatusIs(kRefused))
      << "a payment that is not known yet may still be authorized";
}

TEST_F(ParticipantStepProofTest, StockIsNeverProven) {
  for (const char* command : {"ReserveStock", "ReleaseStock", "CommitReservation", "Restock"}) {
    EXPECT_THAT(Prove(command, payment::v1::PAYMENT_STATE_CAPTURED),
                StatusIs(absl::StatusCode::kFailedPrecondition))
        << command;
  }
}

TEST_F(ParticipantStepProofTest, AnUnreachableParticipantProvesNothing) {
  const int port = server_.port();
  server_.Stop(std::chrono::seconds(5));
  ParticipantStepProof proof(rpc::MakeChannel("127.0.0.1:" + std::to_string(port), {}));

  const absl::Status status = proof.Prove("CapturePayment", OrderId("o"));

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, HasSubstr("nothing was done")));
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, Not(HasSubstr("127.0.0.1"))))
      << "addresses are for the log";
}

}  // namespace
}  // namespace orderflow::order
