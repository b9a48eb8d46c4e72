// Proves that an operation on a stream is booked and answered as its own call would be: one effect
// per key, refusals of its own, answers withheld after the effect; that a merchant's mistakes or
// death end the stream and nothing else; and that what is under way is bounded.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "libs/base/errors.h"
#include "libs/rpc/status_mapping.h"
#include "libs/testing/eventually.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

namespace pb = provider::v1;

pb::AuthorizeRequest Authorization(const std::string& payment,
                                   const std::string& token = "tok_approve") {
  pb::AuthorizeRequest request;
  request.set_idempotency_key(payment + ":AUTHORIZE");
  request.set_payment_reference(payment);
  request.mutable_amount()->set_currency_code("EUR");
  request.mutable_amount()->set_amount_minor(4200);
  request.set_payment_method_token(token);
  return request;
}

class BookOperations : public ::testing::Test {
 protected:
  void Open(std::chrono::milliseconds timeout = std::chrono::seconds(20)) {
    context_ = std::make_unique<grpc::ClientContext>();
    context_->set_deadline(std::chrono::system_clock::now() + timeout);
    stream_ = stub_->BookOperations(context_.get());
  }

  // Answers by sequence, until there are so many or the stream has ended.
  std::map<int64_t, pb::OperationAnswer> Read(size_t count) {
    std::map<int64_t, pb::OperationAnswer> answers;
    pb::BookOperationsResponse response;
    while (answers.size() < count && stream_->Read(&response)) {
      for (const pb::OperationAnswer& answer : response.answers()) {
        EXPECT_TRUE(answers.emplace(answer.sequence(), answer).second) << "answered twice";
      }
    }
    return answers;
  }

  grpc::Status End() {
    stream_->WritesDone();
    EXPECT_TRUE(Read(1).empty()) << "an answer that nothing asked for";
    return stream_->Finish();
  }

  ProviderProcess provider_;
  std::unique_ptr<pb::ProviderService::Stub> stub_ = pb::ProviderService::NewStub(
      grpc::CreateChannel(provider_.address(), grpc::InsecureChannelCredentials()));
  std::unique_ptr<grpc::ClientContext> context_;
  std::unique_ptr<grpc::ClientReaderWriter<pb::BookOperationsRequest, pb::BookOperationsResponse>>
      stream_;
};

TEST_F(BookOperations, BooksOperationsOfAllKindsEachOnce) {
  Open();
  pb::BookOperationsRequest holds;
  for (int64_t i = 1; i <= 100; ++i) {
    pb::OperationRequest& operation = *holds.add_operations();
    operation.set_sequence(i);
    // Every key twice.
    *operation.mutable_authorize() = Authorization("payment-" + std::to_string(i % 50));
  }
  stream_->Write(holds);
  auto answers = Read(100);
  ASSERT_EQ(answers.size(), 100u);
  for (int64_t i = 1; i <= 50; ++i) {
    ASSERT_TRUE(answers[i].has_operation()) << answers[i].error().message();
    EXPECT_EQ(answers[i].operation().reference(), answers[i + 50].operation().reference());
  }
  EXPECT_EQ(provider_.database().QueryInt("SELECT count(DISTINCT xmin::text) FROM operations"), 1)
      << "what came in one message is booked in one transaction";

  pb::BookOperationsRequest rest;
  const auto identify = [](auto& request, const std::string& payment, const std::string& kind) {
    request.set_idempotency_key(payment + ":" + kind);
    request.set_payment_reference(payment);
  };
  rest.add_operations()->set_sequence(101);
  identify(*rest.mutable_operations(0)->mutable_capture(), "payment-1", "CAPTURE");
  rest.add_operations()->set_sequence(102);
  identify(*rest.mutable_operations(1)->mutable_void_(), "payment-2", "VOID");
  rest.add_operations()->set_sequence(103);
  identify(*rest.mutable_operations(2)->mutable_refund(), "payment-1", "REFUND");
  stream_->Write(rest);
  answers = Read(3);

  EXPECT_EQ(answers[101].operation().kind(), pb::OPERATION_KIND_CAPTURE);
  EXPECT_EQ(answers[102].operation().kind(), pb::OPERATION_KIND_VOID);
  EXPECT_EQ(answers[103].operation().kind(), pb::OPERATION_KIND_REFUND);
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(provider_.CountBooked(), 53);
}

TEST_F(BookOperations, RefusesOneOperationWithoutTheOthers) {
  Open();
  pb::BookOperationsRequest request;
  pb::OperationRequest& bad = *request.add_operations();
  bad.set_sequence(1);
  *bad.mutable_authorize() = Authorization("payment-1");
  bad.mutable_authorize()->mutable_amount()->set_amount_minor(0);
  request.add_operations()->set_sequence(2);  // of no kind
  pb::OperationRequest& good = *request.add_operations();
  good.set_sequence(3);
  *good.mutable_authorize() = Authorization("payment-3");
  stream_->Write(request);

  auto answers = Read(3);
  ASSERT_EQ(answers.size(), 3u);
  EXPECT_EQ(answers[1].error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  const absl::Status error = rpc::FromGrpcStatus(
      grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "", answers[1].error().SerializeAsString()));
  ASSERT_EQ(DetailsOf(error).field_violations.size(), 1u);
  EXPECT_EQ(DetailsOf(error).field_violations[0].field, "amount.amount_minor");
  EXPECT_EQ(answers[2].error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(answers[3].has_operation());
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(provider_.CountBooked(), 1);
}

TEST_F(BookOperations, WithholdsAnAnswerAfterItsEffectAndNoOther) {
  Open(std::chrono::milliseconds(700));
  pb::BookOperationsRequest request;
  for (const char* token : {"tok_timeout", "tok_approve"}) {
    pb::OperationRequest& operation = *request.add_operations();
    operation.set_sequence(request.operations_size());
    *operation.mutable_authorize() = Authorization(token, token);
  }
  stream_->Write(request);

  auto answers = Read(2);  // the stream ends before there are so many
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers[2].has_operation());
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
  EXPECT_EQ(provider_.CountBooked(), 2);
}

TEST_F(BookOperations, EndsAStreamWithTooManyOperationsInAMessage) {
  Open();
  pb::BookOperationsRequest request;
  for (int i = 0; i < 1001; ++i) {
    *request.add_operations()->mutable_authorize() = Authorization("payment-1");
  }
  stream_->Write(request);

  EXPECT_TRUE(Read(1).empty());
  const absl::Status end = rpc::FromGrpcStatus(stream_->Finish());
  EXPECT_EQ(end.code(), absl::StatusCode::kInvalidArgument);
  ASSERT_EQ(DetailsOf(end).field_violations.size(), 1u);
  EXPECT_EQ(DetailsOf(end).field_violations[0].field, "operations");
  EXPECT_EQ(provider_.CountBooked(), 0);
}

TEST_F(BookOperations, ReadsNoMoreWhileTooManyAreUnanswered) {
  constexpr int kMessages = 10;
  constexpr int kPerMessage = 1000;
  provider_.faults().Set({.delay = std::chrono::seconds(60)});
  Open(std::chrono::seconds(60));
  std::jthread writer([this] {
    pb::BookOperationsRequest request;
    for (int i = 0; i < kMessages; ++i) {
      request.Clear();
      for (int j = 0; j < kPerMessage; ++j) {
        *request.add_operations()->mutable_authorize() =
            Authorization("payment-" + std::to_string(i * kPerMessage + j));
      }
      stream_->Write(request);
    }
  });

  EXPECT_TRUE(orderflow::testing::Eventually([this] { return provider_.CountBooked() == 2000; }));
  EXPECT_FALSE(orderflow::testing::Eventually([this] { return provider_.CountBooked() > 2000; },
                                              std::chrono::seconds(1)));
  context_->TryCancel();
  writer.join();
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

// Neither answers nor messages pile up at the provider.
TEST_F(BookOperations, ReadsNoMoreFromAMerchantThatDoesNotReadItsAnswers) {
  std::atomic<int> written = 0;
  Open(std::chrono::seconds(60));
  std::jthread writer([&] {
    pb::BookOperationsRequest request;
    for (int j = 0; j < 1000; ++j) {
      request.add_operations()->set_traceparent(std::string(200, 'x'));  // of no kind
    }
    while (stream_->Write(request)) {
      ++written;
    }
  });

  // gRPC itself takes some of it, as much as it likes; then nothing more is taken for a second.
  EXPECT_TRUE(orderflow::testing::Eventually([&] {
    const int before = written;
    return !orderflow::testing::Eventually([&] { return written > before; },
                                           std::chrono::seconds(1));
  }));
  context_->TryCancel();
  writer.join();
  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(BookOperations, AnswersTheNextStreamOfAMerchantThatDied) {
  provider_.faults().Set({.delay = std::chrono::milliseconds(200)});
  Open();
  pb::BookOperationsRequest request;
  *request.add_operations()->mutable_authorize() = Authorization("payment-1");
  stream_->Write(request);
  ASSERT_TRUE(orderflow::testing::Eventually([this] { return provider_.CountBooked() == 1; }));

  context_->TryCancel();

  EXPECT_EQ(stream_->Finish().error_code(), grpc::StatusCode::CANCELLED);
  Open();
  stream_->Write(request);
  const auto answers = Read(1);
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_TRUE(answers.begin()->second.has_operation());
  EXPECT_TRUE(End().ok());
  EXPECT_EQ(provider_.CountBooked(), 1);
}

}  // namespace
}  // namespace orderflow::payment::testing
