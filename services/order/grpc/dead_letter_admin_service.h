#pragma once

#include "libs/base/clock.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/service.h"
#include "orderflow/order/v1/dead_letter_admin_service.grpc.pb.h"
#include "services/order/domain/dead_letter_ports.h"

namespace orderflow::order {

// The API of dead_letter_admin_service.proto. Threadsafe. Calls wait for the broker, as long as
// their callers do: `executor` should be one of its own.
class DeadLetterAdminGrpcService final
    : public rpc::ServiceOf<v1::DeadLetterAdminService::AsyncService> {
 public:
  DeadLetterAdminGrpcService(DeadLetterLog& log, DeadLetterSettler& settler, const Clock& clock,
                             rpc::CallExecutor& executor)
      : log_(log), settler_(settler), clock_(clock), executor_(executor) {
    Unary(&Generated::RequestListDeadLetters, &DeadLetterAdminGrpcService::ListDeadLetters);
    Unary(&Generated::RequestGetDeadLetter, &DeadLetterAdminGrpcService::GetDeadLetter);
    Unary(&Generated::RequestBatchSettleDeadLetters,
          &DeadLetterAdminGrpcService::BatchSettleDeadLetters);
    Unary(&Generated::RequestListDeadLetterActions,
          &DeadLetterAdminGrpcService::ListDeadLetterActions);
  }

 private:
  void ListDeadLetters(rpc::ServerCall* call, const v1::ListDeadLettersRequest* request,
                       v1::ListDeadLettersResponse* response);
  void GetDeadLetter(rpc::ServerCall* call, const v1::GetDeadLetterRequest* request,
                     v1::DeadLetter* response);
  void BatchSettleDeadLetters(rpc::ServerCall* call,
                              const v1::BatchSettleDeadLettersRequest* request,
                              v1::BatchSettleDeadLettersResponse* response);
  void ListDeadLetterActions(rpc::ServerCall* call, const v1::ListDeadLetterActionsRequest* request,
                             v1::ListDeadLetterActionsResponse* response);

  absl::Status List(const v1::ListDeadLettersRequest& request,
                    v1::ListDeadLettersResponse& response, DeadLetterLog::Deadline deadline);
  absl::Status Settle(const rpc::Caller& caller, const v1::BatchSettleDeadLettersRequest& request,
                      v1::BatchSettleDeadLettersResponse& response,
                      DeadLetterLog::Deadline deadline);

  DeadLetterLog& log_;
  DeadLetterSettler& settler_;
  const Clock& clock_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
