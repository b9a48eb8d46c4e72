#pragma once

#include "libs/rpc/caller.h"
#include "libs/rpc/service.h"
#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment {

// orderflow.payment.v1.PaymentService. Threadsafe.
class PaymentGrpcService final : public rpc::ServiceOf<v1::PaymentService::AsyncService> {
 public:
  PaymentGrpcService(PaymentReader& payments, Reconciliation& reconciliation,
                     FindingReader& findings, ReconciliationActions& actions,
                     rpc::CallExecutor& executor)
      : payments_(payments),
        reconciliation_(reconciliation),
        findings_(findings),
        actions_(actions),
        executor_(executor) {
    Unary(&Generated::RequestGetPayment, &PaymentGrpcService::GetPayment);
    Unary(&Generated::RequestListPayments, &PaymentGrpcService::ListPayments);
    Unary(&Generated::RequestReconcilePayments, &PaymentGrpcService::ReconcilePayments);
    Unary(&Generated::RequestListReconciliationFindings,
          &PaymentGrpcService::ListReconciliationFindings);
    Unary(&Generated::RequestListReconciliationActions,
          &PaymentGrpcService::ListReconciliationActions);
  }

 private:
  void GetPayment(rpc::ServerCall* call, const v1::GetPaymentRequest* request,
                  v1::Payment* response);
  void ListPayments(rpc::ServerCall* call, const v1::ListPaymentsRequest* request,
                    v1::ListPaymentsResponse* response);
  void ReconcilePayments(rpc::ServerCall* call, const v1::ReconcilePaymentsRequest* request,
                         v1::ReconcilePaymentsResponse* response);
  void ListReconciliationFindings(rpc::ServerCall* call,
                                  const v1::ListReconciliationFindingsRequest* request,
                                  v1::ListReconciliationFindingsResponse* response);
  void ListReconciliationActions(rpc::ServerCall* call,
                                 const v1::ListReconciliationActionsRequest* request,
                                 v1::ListReconciliationActionsResponse* response);

  absl::Status Get(const v1::GetPaymentRequest& request, v1::Payment& response);
  absl::Status List(const v1::ListPaymentsRequest& request, v1::ListPaymentsResponse& response);

  absl::Status Reconcile(const rpc::Caller& caller, const v1::ReconcilePaymentsRequest& request,
                         v1::ReconcilePaymentsResponse& response);
  absl::Status ListFindings(const v1::ListReconciliationFindingsRequest& request,
                            v1::ListReconciliationFindingsResponse& response);
  absl::Status ListActions(const v1::ListReconciliationActionsRequest& request,
                           v1::ListReconciliationActionsResponse& response);

  PaymentReader& payments_;
  Reconciliation& reconciliation_;
  FindingReader& findings_;
  ReconciliationActions& actions_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::payment
