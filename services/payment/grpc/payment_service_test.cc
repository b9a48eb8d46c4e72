// Proves what clients of PaymentService see, over a real gRPC server: every bad field named at
// once, typed errors, and pages that join up without gaps. Payments come from a list in memory.
#include "services/payment/grpc/payment_service.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/sequential_ids.h"

namespace orderflow::payment {
namespace {

class InMemoryReader final : public PaymentReader {
 public:
  absl::StatusOr<Payment> Get(const OrderId& order_id) override {
    for (const Payment& payment : payments) {
      if (payment.order_id == order_id) {
        return payment;
      }
    }
    return absl::NotFoundError("no payment");
  }
  absl::StatusOr<std::vector<Payment>> List(const PaymentFilter& filter) override {
    {
      MutexLock lock(mutex_);
      last_filter_ = filter;
    }
    std::vector<Payment> found;
    for (auto payment = payments.rbegin(); payment != payments.rend(); ++payment) {
      const bool is_later = !filter.before.empty() && payment->order_id >= filter.before;
      if (!is_later && static_cast<int>(found.size()) < filter.limit) {
        found.push_back(*payment);
      }
    }
    return found;
  }

  PaymentFilter last_filter() const {
    MutexLock lock(mutex_);
    return last_filter_;
  }

  std::vector<Payment> payments;  // oldest first

 private:
  mutable Mutex mutex_;
  PaymentFilter last_filter_ ABSL_GUARDED_BY(mutex_);  // of the server's thread
};

class PaymentServiceTest : public ::testing::Test {
 protected:
  PaymentServiceTest() {
    for (uint64_t i = 1; i <= 5; ++i) {
      Payment payment;
      payment.order_id = OrderId(testing::SequentialIds::IdAt(0xa0 + i));
      payment.amount = {"EUR", static_cast<int64_t>(i)};
      reader_.payments.push_back(payment);
    }
    const absl::Status started = server_.Start({&service_});
    EXPECT_TRUE(started.ok()) << started;
    stub_ = v1::PaymentService::NewStub(grpc::CreateChannel(
        "127.0.0.1:" + std::to_string(server_.port()), grpc::InsecureChannelCredentials()));
  }
  void TearDown() override {
    server_.Stop(std::chrono::seconds(5));
    executor_.Stop();
  }

  absl::Status Get(const std::string& order_id, v1::Payment* payment) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetPaymentRequest request;
    request.set_order_id(order_id);
    return rpc::FromGrpcStatus(stub_->GetPayment(&context, request, payment));
  }
  absl::Status List(const v1::ListPaymentsRequest& request, v1::ListPaymentsResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return rpc::FromGrpcStatus(stub_->ListPayments(&context, request, response));
  }

  InMemoryReader reader_;
  telemetry::Metrics metrics_;
  rpc::CallExecutor executor_{metrics_, {}};
  PaymentGrpcService service_{reader_, executor_};
  rpc::Server server_{{.listen_address = "127.0.0.1:0"}};
  std::unique_ptr<v1::PaymentService::Stub> stub_;
};

TEST_F(PaymentServiceTest, GetsAPaymentByItsOrderIdInEitherCase) {
  v1::Payment payment;

  EXPECT_TRUE(Get("00000000-0000-7000-8000-0000000000A1", &payment).ok());
  EXPECT_EQ(payment.amount().amount_minor(), 1);
  EXPECT_TRUE(absl::IsNotFound(Get(testing::SequentialIds::IdAt(1), &payment)));
  EXPECT_TRUE(absl::IsInvalidArgument(Get("one", &payment)));
}

TEST_F(PaymentServiceTest, PagesJoinUp) {
  v1::ListPaymentsRequest request;
  request.set_page_size(2);
  std::vector<int64_t> amounts;
  int pages = 0;
  do {
    v1::ListPaymentsResponse response;
    ASSERT_TRUE(List(request, &response).ok());
    for (const v1::Payment& payment : response.payments()) {
      amounts.push_back(payment.amount().amount_minor());
    }
    request.set_page_token(response.next_page_token());
    ++pages;
  } while (!request.page_token().empty() && pages < 10);

  EXPECT_THAT(amounts, ::testing::ElementsAre(5, 4, 3, 2, 1));
  EXPECT_EQ(pages, 3);
}

TEST_F(PaymentServiceTest, HandsTheFilterOn) {
  v1::ListPaymentsRequest request;
  request.set_customer_id("customer-1");
  request.set_state(v1::PAYMENT_STATE_CAPTURED);
  v1::ListPaymentsResponse response;

  ASSERT_TRUE(List(request, &response).ok());

  EXPECT_EQ(reader_.last_filter().customer_id.value(), "customer-1");
  EXPECT_EQ(reader_.last_filter().state, PaymentState::kCaptured);
}

TEST_F(PaymentServiceTest, NamesEveryBadField) {
  v1::ListPaymentsRequest request;
  request.set_customer_id("no spaces allowed");
  request.set_state(static_cast<v1::PaymentState>(99));
  request.set_page_size(-1);
  request.set_page_token("made by hand");
  v1::ListPaymentsResponse response;

  const absl::Status status = List(request, &response);

  ASSERT_TRUE(absl::IsInvalidArgument(status)) << status;
  std::vector<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(status).field_violations) {
    fields.push_back(violation.field);
  }
  EXPECT_THAT(fields,
              ::testing::UnorderedElementsAre("customer_id", "state", "page_size", "page_token"));
}

}  // namespace
}  // namespace orderflow::payment
