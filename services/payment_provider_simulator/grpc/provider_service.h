#pragma once

#include <vector>

#include "libs/rpc/service.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "services/payment_provider_simulator/domain/bookkeeper.h"
#include "services/payment_provider_simulator/grpc/book_operations_stream.h"
#include "services/payment_provider_simulator/grpc/delayed_answers.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment_provider_simulator {

// orderflow.provider.v1.ProviderService. Calls that book are answered after their commit; faults
// and magic tokens may delay an answer or withhold it (the call then ends with the caller's
// deadline). Faults concern GetOperation too, but not ListOperations: the books stay readable.
// Threadsafe.
class ProviderGrpcService final
    : public rpc::ServiceOf<provider::v1::ProviderService::AsyncService> {
 public:
  ProviderGrpcService(Bookkeeper& bookkeeper, BookStore& store, FaultInjector& faults,
                      DelayedAnswers& delayed, rpc::CallExecutor& executor)
      : bookkeeper_(bookkeeper),
        store_(store),
        faults_(faults),
        delayed_(delayed),
        executor_(executor) {
    Unary(&Generated::RequestAuthorize, &ProviderGrpcService::Authorize);
    Unary(&Generated::RequestCapture, &ProviderGrpcService::Capture);
    Unary(&Generated::RequestVoid, &ProviderGrpcService::Void);
    Unary(&Generated::RequestRefund, &ProviderGrpcService::Refund);
    Bidi(&Generated::RequestBookOperations, &ProviderGrpcService::BookOperations);
    Unary(&Generated::RequestGetOperation, &ProviderGrpcService::GetOperation);
    Unary(&Generated::RequestListOperations, &ProviderGrpcService::ListOperations);
  }

 private:
  void Authorize(rpc::ServerCall* call, const provider::v1::AuthorizeRequest* request,
                 provider::v1::Operation* response);
  void Capture(rpc::ServerCall* call, const provider::v1::CaptureRequest* request,
               provider::v1::Operation* response);
  void Void(rpc::ServerCall* call, const provider::v1::VoidRequest* request,
            provider::v1::Operation* response);
  void Refund(rpc::ServerCall* call, const provider::v1::RefundRequest* request,
              provider::v1::Operation* response);
  void BookOperations(BookOperationsStream::Stream* stream);
  void GetOperation(rpc::ServerCall* call, const provider::v1::GetOperationRequest* request,
                    provider::v1::Operation* response);
  void ListOperations(rpc::ServerCall* call, const provider::v1::ListOperationsRequest* request,
                      provider::v1::ListOperationsResponse* response);

  // Answers its own call.
  void Answer(rpc::ServerCall* call, const char* method, absl::StatusOr<MerchantCall> merchant_call,
              provider::v1::Operation* response);
  // Each `answer` is called exactly once, from any thread: after the commit, late, or with
  // kDeadlineExceeded after `silence`, as faults and magic tokens have it.
  void Book(std::vector<BookOperationsStream::Request> requests, Duration silence);
  Bookkeeper::Done Answering(BookOperationsStream::Answer answer, Duration silence);
  absl::Status List(const provider::v1::ListOperationsRequest& request,
                    provider::v1::ListOperationsResponse& response);

  Bookkeeper& bookkeeper_;
  BookStore& store_;
  FaultInjector& faults_;
  DelayedAnswers& delayed_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::payment_provider_simulator
