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

// A run of two stretches, each with one difference.
class TwoStretches final : public Reconciliation {
 public:
  absl::StatusOr<ReconciliationStretch> Run(
      const std::string& cursor, const std::optional<ReconciliationMandate>& mandate) override {
    ReconciliationStretch stretch;
    stretch.payments_compared = 200;
    ReconciledDifference found;
    found.difference.payment_reference = "payment-" + cursor;
    found.difference.difference = DifferenceClass::kOrphanHold;
    found.difference.remedy = Remedy::kVoidHold;
    found.closure = mandate.has_value() ? Closure::kClosed : Closure::kPlanned;
    if (mandate.has_value()) {
      found.effects = mandate->request_id + " " + mandate->actor + " " + mandate->reason;
    }
    stretch.differences.push_back(found);
    stretch.next_cursor = cursor.empty() ? "half-way" : "";
    return stretch;
  }
};

class InMemoryFindings final : public FindingReader {
 public:
  absl::StatusOr<std::vector<Finding>> List(const FindingFilter& filter) override {
    std::vector<Finding> found;
    for (int i = 5; i > 0 && static_cast<int>(found.size()) < filter.limit; --i) {
      Finding finding;
      finding.finding_id = testing::SequentialIds::IdAt(i);
      finding.difference.difference = filter.difference.value_or(DifferenceClass::kDoubleCapture);
      if (filter.before.empty() || finding.finding_id < filter.before) {
        found.push_back(finding);
      }
    }
    return found;
  }
};

class InMemoryActions final : public ReconciliationActions {
 public:
  absl::Status Append(postgres::Transaction&, std::span<const ReconciliationAction>) override {
    return absl::UnimplementedError("this test writes none");
  }
  absl::StatusOr<std::vector<ReconciliationAction>> List(
      const ReconciliationActionFilter& filter) override {
    std::vector<ReconciliationAction> found;
    for (int i = 5; i > 0 && static_cast<int>(found.size()) < filter.limit; --i) {
      ReconciliationAction action;
      action.action_id = testing::SequentialIds::IdAt(i);
      action.mandate = BackgroundMandate();
      action.difference.payment_reference = filter.payment_reference;
      action.difference.remedy = Remedy::kVoidHold;
      action.effects = "payment VOIDED -> VOIDING";
      if (filter.before.empty() || action.action_id < filter.before) {
        found.push_back(action);
      }
    }
    return found;
  }
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

  absl::Status Reconcile(const v1::ReconcilePaymentsRequest& request,
                         v1::ReconcilePaymentsResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return rpc::FromGrpcStatus(stub_->ReconcilePayments(&context, request, response));
  }
  absl::Status ListFindings(const v1::ListReconciliationFindingsRequest& request,
                            v1::ListReconciliationFindingsResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return rpc::FromGrpcStatus(stub_->ListReconciliationFindings(&context, request, response));
  }
  absl::Status ListActions(const v1::ListReconciliationActionsRequest& request,
                           v1::ListReconciliationActionsResponse* response) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    return rpc::FromGrpcStatus(stub_->ListReconciliationActions(&context, request, response));
  }
  static v1::ReconcilePaymentsRequest ARun() {
    v1::ReconcilePaymentsRequest request;
    request.mutable_repair()->set_request_id(testing::SequentialIds::IdAt(7));
    request.mutable_repair()->set_actor("ann");
    request.mutable_repair()->set_reason("ticket 7");
    return request;
  }
  static std::vector<std::string> FieldsOf(const absl::Status& status) {
    std::vector<std::string> fields;
    for (const FieldViolation& violation : DetailsOf(status).field_violations) {
      fields.push_back(violation.field);
    }
    return fields;
  }

  InMemoryReader reader_;
  TwoStretches reconciliation_;
  InMemoryFindings findings_;
  InMemoryActions actions_;
  telemetry::Metrics metrics_;
  rpc::CallExecutor executor_{metrics_, rpc::Access::InsecureForAll(), {}};
  PaymentGrpcService service_{reader_, reconciliation_, findings_, actions_, executor_};
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
  EXPECT_THAT(FieldsOf(status),
              ::testing::UnorderedElementsAre("customer_id", "state", "page_size", "page_token"));
}

TEST_F(PaymentServiceTest, ARunGoesOnWhereItsTokenSays) {
  v1::ReconcilePaymentsRequest request = ARun();
  v1::ReconcilePaymentsResponse first;
  v1::ReconcilePaymentsResponse second;

  ASSERT_TRUE(Reconcile(request, &first).ok());
  request.set_page_token(first.next_page_token());
  ASSERT_TRUE(Reconcile(request, &second).ok());

  EXPECT_EQ(first.payments_compared(), 200);
  ASSERT_EQ(first.differences_size(), 1);
  EXPECT_EQ(first.differences(0).difference_class(), v1::DIFFERENCE_CLASS_ORPHAN_HOLD);
  EXPECT_EQ(first.differences(0).closure(), v1::DIFFERENCE_CLOSURE_CLOSED);
  EXPECT_EQ(first.differences(0).remedy(), "VOID_HOLD");
  ASSERT_EQ(second.differences_size(), 1);
  EXPECT_EQ(second.differences(0).payment_reference(), "payment-half-way");
  EXPECT_EQ(second.next_page_token(), "");
}

TEST_F(PaymentServiceTest, ARunSaysWhoAndWhy) {
  v1::ReconcilePaymentsResponse response;
  EXPECT_THAT(
      FieldsOf(Reconcile({}, &response)),
      ::testing::UnorderedElementsAre("repair.request_id", "repair.actor", "repair.reason"));
  v1::ReconcilePaymentsRequest request = ARun();
  request.mutable_repair()->set_actor("reconciler");
  EXPECT_THAT(FieldsOf(Reconcile(request, &response)), ::testing::ElementsAre("repair.actor"))
      << "that is the run in the background";

  ASSERT_TRUE(Reconcile(ARun(), &response).ok());

  EXPECT_EQ(response.differences(0).effects(), testing::SequentialIds::IdAt(7) + " ann ticket 7");
}

TEST_F(PaymentServiceTest, ADryRunStaysOne) {
  v1::ReconcilePaymentsRequest request;
  request.set_validate_only(true);
  v1::ReconcilePaymentsResponse response;

  ASSERT_TRUE(Reconcile(request, &response).ok());
  EXPECT_EQ(response.differences(0).closure(), v1::DIFFERENCE_CLOSURE_PLANNED);
  const std::string token = response.next_page_token();
  request = ARun();
  request.set_page_token(token);

  EXPECT_TRUE(absl::IsInvalidArgument(Reconcile(request, &response)));
}

TEST_F(PaymentServiceTest, FindingsJoinUpAndKeepTheirFilter) {
  v1::ListReconciliationFindingsRequest request;
  request.set_difference_class(v1::DIFFERENCE_CLASS_AMOUNT_DIFFERS);
  request.set_page_size(2);
  std::string ids;
  do {
    v1::ListReconciliationFindingsResponse response;
    ASSERT_TRUE(ListFindings(request, &response).ok());
    for (const v1::ReconciliationFinding& finding : response.findings()) {
      EXPECT_EQ(finding.difference_class(), v1::DIFFERENCE_CLASS_AMOUNT_DIFFERS);
      ids += finding.finding_id().back();
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && ids.size() < 10);

  EXPECT_EQ(ids, "54321");
  request.set_difference_class(static_cast<v1::DifferenceClass>(99));
  v1::ListReconciliationFindingsResponse response;
  EXPECT_TRUE(absl::IsInvalidArgument(ListFindings(request, &response)));
}

TEST_F(PaymentServiceTest, ActionsJoinUpAndKeepTheirFilter) {
  v1::ListReconciliationActionsRequest request;
  request.set_payment_reference("order-7");
  request.set_page_size(2);
  std::string ids;
  do {
    v1::ListReconciliationActionsResponse response;
    ASSERT_TRUE(ListActions(request, &response).ok());
    for (const v1::ReconciliationAction& action : response.actions()) {
      EXPECT_EQ(action.payment_reference(), "order-7");
      EXPECT_EQ(action.repair().actor(), "reconciler");
      EXPECT_EQ(action.repair().request_id(), "");
      EXPECT_EQ(action.remedy(), "VOID_HOLD");
      EXPECT_EQ(action.effects(), "payment VOIDED -> VOIDING");
      ids += action.action_id().back();
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && ids.size() < 10);

  EXPECT_EQ(ids, "54321");
  v1::ListReconciliationActionsResponse response;
  request.set_page_token("made by hand");
  EXPECT_THAT(FieldsOf(ListActions(request, &response)), ::testing::ElementsAre("page_token"));
}

}  // namespace
}  // namespace orderflow::payment
