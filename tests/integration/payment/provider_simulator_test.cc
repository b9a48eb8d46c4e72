// Proves what merchants may rely on at the simulator, over gRPC: one effect per key under
// concurrency, keys that cannot be reused, answers withheld after the effect, and books that can be
// paged through.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

namespace pb = provider::v1;

class ProviderSimulator : public ::testing::Test {
 protected:
  ProviderSimulator()
      : channel_(grpc::CreateChannel(provider_.address(), grpc::InsecureChannelCredentials())),
        stub_(pb::ProviderService::NewStub(channel_)),
        control_(pb::ProviderControlService::NewStub(channel_)) {}

  static pb::AuthorizeRequest Request(const std::string& payment,
                                      const std::string& token = "tok_approve") {
    pb::AuthorizeRequest request;
    request.set_idempotency_key(payment + ":AUTHORIZE");
    request.set_payment_reference(payment);
    request.mutable_amount()->set_currency_code("EUR");
    request.mutable_amount()->set_amount_minor(4200);
    request.set_payment_method_token(token);
    request.set_customer_reference("customer-1");
    return request;
  }

  grpc::Status Authorize(const pb::AuthorizeRequest& request, pb::Operation* operation,
                         std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + timeout);
    return stub_->Authorize(&context, request, operation);
  }

  ProviderProcess provider_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<pb::ProviderService::Stub> stub_;
  std::unique_ptr<pb::ProviderControlService::Stub> control_;
};

TEST_F(ProviderSimulator, BooksOneKeyOnceForManyCallersAtTheSameTime) {
  constexpr int kCallers = 32;
  std::vector<pb::Operation> answers(kCallers);
  std::vector<grpc::Status> statuses(kCallers);
  {
    std::vector<std::jthread> callers;
    for (size_t i = 0; i < kCallers; ++i) {
      callers.emplace_back([&, i] { statuses[i] = Authorize(Request("payment-1"), &answers[i]); });
    }
  }

  std::set<std::string> references;
  for (size_t i = 0; i < kCallers; ++i) {
    ASSERT_TRUE(statuses[i].ok()) << statuses[i].error_message();
    references.insert(answers[i].reference());
  }
  EXPECT_EQ(references.size(), 1u);
  EXPECT_EQ(provider_.CountBooked(), 1);
}

TEST_F(ProviderSimulator, RefusesAKeyWithAnotherBody) {
  pb::Operation operation;
  ASSERT_TRUE(Authorize(Request("payment-1"), &operation).ok());
  pb::AuthorizeRequest other = Request("payment-1");
  other.mutable_amount()->set_amount_minor(1);

  EXPECT_EQ(Authorize(other, &operation).error_code(), grpc::StatusCode::ALREADY_EXISTS);
}

TEST_F(ProviderSimulator, TakesEffectAndDoesNotAnswer) {
  pb::Operation operation;

  const grpc::Status silent =
      Authorize(Request("payment-1", "tok_timeout"), &operation, std::chrono::milliseconds(300));
  const grpc::Status again = Authorize(Request("payment-1", "tok_timeout"), &operation);

  EXPECT_EQ(silent.error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_TRUE(again.ok()) << again.error_message();
  EXPECT_EQ(provider_.CountBooked(), 1);
}

TEST_F(ProviderSimulator, FindsByKey) {
  pb::Operation booked;
  ASSERT_TRUE(Authorize(Request("payment-1"), &booked).ok());
  const auto find = [this](const std::string& key, pb::Operation* operation) {
    grpc::ClientContext context;
    pb::GetOperationRequest request;
    request.set_idempotency_key(key);
    return stub_->GetOperation(&context, request, operation);
  };
  pb::Operation found;

  EXPECT_TRUE(find("payment-1:AUTHORIZE", &found).ok());
  EXPECT_EQ(found.reference(), booked.reference());
  EXPECT_EQ(found.amount().amount_minor(), 4200);
  EXPECT_EQ(find("unknown", &found).error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ProviderSimulator, ShowsItsBooksPageByPage) {
  for (int i = 0; i < 5; ++i) {
    pb::Operation operation;
    ASSERT_TRUE(Authorize(Request("payment-" + std::to_string(i)), &operation).ok());
  }

  std::vector<std::string> payments;
  std::string token;
  do {
    grpc::ClientContext context;
    pb::ListOperationsRequest request;
    request.set_page_size(2);
    request.set_page_token(token);
    pb::ListOperationsResponse response;
    ASSERT_TRUE(stub_->ListOperations(&context, request, &response).ok());
    for (const pb::Operation& operation : response.operations()) {
      payments.push_back(operation.payment_reference());
    }
    token = response.next_page_token();
  } while (!token.empty());

  EXPECT_THAT(payments, ::testing::ElementsAre("payment-0", "payment-1", "payment-2", "payment-3",
                                               "payment-4"));
}

TEST_F(ProviderSimulator, ShowsTheBooksOfSomePayments) {
  for (int i = 0; i < 4; ++i) {
    pb::Operation operation;
    const std::string token = i == 1 ? "tok_decline_expired_card" : "tok_approve";
    ASSERT_TRUE(Authorize(Request("payment-" + std::to_string(i), token), &operation).ok());
  }
  const auto list = [this](const pb::ListOperationsRequest& request,
                           pb::ListOperationsResponse* response) {
    grpc::ClientContext context;
    return stub_->ListOperations(&context, request, response);
  };
  pb::ListOperationsRequest request;
  for (const char* payment : {"payment-3", "payment-1", "payment-9"}) {
    request.add_payment_references(payment);
  }
  request.set_page_size(1);
  pb::ListOperationsResponse first;
  ASSERT_TRUE(list(request, &first).ok());
  request.set_page_token(first.next_page_token());
  pb::ListOperationsResponse second;
  ASSERT_TRUE(list(request, &second).ok());

  ASSERT_EQ(first.operations_size(), 1);
  ASSERT_EQ(second.operations_size(), 1);
  EXPECT_EQ(first.operations(0).payment_reference(), "payment-1") << "a decline is booked, too";
  EXPECT_EQ(second.operations(0).payment_reference(), "payment-3");
  EXPECT_EQ(second.next_page_token(), "");
  request.add_payment_references("payment-0");
  EXPECT_EQ(list(request, &first).error_code(), grpc::StatusCode::INVALID_ARGUMENT)
      << "the token of another filter";
  request.clear_page_token();
  for (int i = 0; i < 200; ++i) {
    request.add_payment_references("payment-0");
  }
  EXPECT_EQ(list(request, &first).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(ProviderSimulator, SwitchesFaults) {
  grpc::ClientContext set_context;
  pb::SetFaultsRequest request;
  request.mutable_faults()->set_fail_before_effect(1);
  pb::Faults faults;
  ASSERT_TRUE(control_->SetFaults(&set_context, request, &faults).ok());
  pb::Operation operation;

  EXPECT_EQ(Authorize(Request("payment-1"), &operation).error_code(),
            grpc::StatusCode::UNAVAILABLE);
  grpc::ClientContext get_context;
  ASSERT_TRUE(control_->GetFaults(&get_context, pb::GetFaultsRequest(), &faults).ok());
  EXPECT_EQ(faults.fail_before_effect(), 1);
  EXPECT_EQ(provider_.CountBooked(), 0);
}

}  // namespace
}  // namespace orderflow::payment::testing
