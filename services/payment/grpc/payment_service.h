#pragma once

#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "services/payment/domain/payment_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment {

// orderflow.payment.v1.PaymentService: reads only. Threadsafe.
class PaymentGrpcService final : public v1::PaymentService::CallbackService {
 public:
  PaymentGrpcService(PaymentReader& payments, rpc::CallExecutor& executor)
      : payments_(payments), executor_(executor) {}

  grpc::ServerUnaryReactor* GetPayment(grpc::CallbackServerContext* context,
                                       const v1::GetPaymentRequest* request,
                                       v1::Payment* response) override;
  grpc::ServerUnaryReactor* ListPayments(grpc::CallbackServerContext* context,
                                         const v1::ListPaymentsRequest* request,
                                         v1::ListPaymentsResponse* response) override;

 private:
  absl::Status Get(const v1::GetPaymentRequest& request, v1::Payment& response);
  absl::Status List(const v1::ListPaymentsRequest& request, v1::ListPaymentsResponse& response);

  PaymentReader& payments_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::payment
