#pragma once

#include "libs/rpc/caller.h"
#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment {

// orderflow.payment.v1.PaymentService. Threadsafe.
class PaymentGrpcService final : public v1::PaymentService::CallbackService {
 public:
  PaymentGrpcService(PaymentReader& payments, Reconciliation& reconciliation,
                     FindingReader& findings, ReconciliationActions& actions,
                     rpc::CallExecutor& executor)
      : payments_(payments),
        reconciliation_(reconciliation),
        findings_(findings),
        actions_(actions),
        executor_(executor) {}

  grpc::ServerUnaryReactor* GetPayment(grpc::CallbackServerContext* context,
                                       const v1::GetPaymentRequest* request,
                                       v1::Payment* response) override;
  grpc::ServerUnaryReactor* ListPayments(grpc::CallbackServerContext* context,
                                         const v1::ListPaymentsRequest* request,
                                         v1::ListPaymentsResponse* response) override;
  grpc::ServerUnaryReactor* ReconcilePayments(grpc::CallbackServerContext* context,
                                              const v1::ReconcilePaymentsRequest* request,
                                              v1::ReconcilePaymentsResponse* response) override;
  grpc::ServerUnaryReactor* ListReconciliationFindings(
      grpc::CallbackServerContext* context, const v1::ListReconciliationFindingsRequest* request,
      v1::ListReconciliationFindingsResponse* response) override;
  grpc::ServerUnaryReactor* ListReconciliationActions(
      grpc::CallbackServerContext* context, const v1::ListReconciliationActionsRequest* request,
      v1::ListReconciliationActionsResponse* response) override;

 private:
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
