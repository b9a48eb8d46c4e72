#include "services/payment_provider_simulator/grpc/provider_service.h"

#include <chrono>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/validation.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/page_token.h"
#include "services/payment_provider_simulator/grpc/provider_mapping.h"

namespace orderflow::payment_provider_simulator {
namespace {

namespace pb = provider::v1;

constexpr Duration kSilenceMax = std::chrono::seconds(60);  // for callers without a deadline
constexpr int kPageSizeDefault = 100;
constexpr size_t kReferenceSizeMax = 128;  // bytes
constexpr int kReferencesMax = 200;        // per ListOperations

// Long enough that a caller with a deadline has gone before.
Duration SilenceFor(const grpc::ServerContext& context) {
  return rpc::TimeLeft(context, kSilenceMax) + std::chrono::milliseconds(100);
}

}  // namespace

void ProviderGrpcService::Book(std::vector<BookOperationsStream::Request> requests,
                               Duration silence) {
  std::vector<Bookkeeper::Booking> bookings;
  bookings.reserve(requests.size());
  for (BookOperationsStream::Request& request : requests) {
    if (request.call.ok()) {
      bookings.push_back({*std::move(request.call), Answering(std::move(request.answer), silence)});
    } else {
      request.answer(request.call.status());
    }
  }
  bookkeeper_.Submit(std::move(bookings));
}

Bookkeeper::Done ProviderGrpcService::Answering(BookOperationsStream::Answer answer,
                                                Duration silence) {
  return [this, silence, answer = std::move(answer)](BookedAnswer booked) {
    if (booked.silent) {
      delayed_.RunAfter(silence, [answer]() {
        answer(absl::DeadlineExceededError(
            "the answer was withheld on purpose; ask by the idempotency key"));
      });
      return;
    }
    delayed_.RunAfter(booked.delay,
                      [answer, operation = std::move(booked.operation)]() { answer(operation); });
  };
}

void ProviderGrpcService::Answer(rpc::ServerCall* call, const char* method,
                                 absl::StatusOr<MerchantCall> merchant_call,
                                 pb::Operation* response) {
  const Duration silence = SilenceFor(call->context());
  executor_.RunAsync(
      call, method,
      [this, booked = std::move(merchant_call), response, silence](
          const rpc::Caller& caller, rpc::CallExecutor::Finish finish) mutable {
        if (absl::Status refused = rpc::RefuseCustomers(caller); !refused.ok()) {
          finish(std::move(refused));
          return;
        }
        std::vector<BookOperationsStream::Request> requests;
        requests.push_back({std::move(booked), [response, finish = std::move(finish)](
                                                   const absl::StatusOr<Operation>& operation) {
                              if (operation.ok()) {
                                *response = ToProto(*operation);
                              }
                              finish(operation.status());
                            }});
        Book(std::move(requests), silence);
      });
}

void ProviderGrpcService::BookOperations(BookOperationsStream::Stream* stream) {
  std::unique_ptr<rpc::OpenStream> open_stream =
      executor_.Open(stream->context(), "BookOperations");
  absl::Status refused = open_stream->admitted();
  if (refused.ok()) {
    refused = rpc::RefuseCustomers(open_stream->caller());
  }
  if (!refused.ok()) {
    rpc::RefuseStream(*stream, std::move(open_stream), refused);
    return;
  }
  const Duration silence = SilenceFor(stream->context());
  BookOperationsStream::Start(*stream, std::move(open_stream),
                              [this, silence](std::vector<BookOperationsStream::Request> requests) {
                                Book(std::move(requests), silence);
                              });
}

void ProviderGrpcService::Authorize(rpc::ServerCall* call, const pb::AuthorizeRequest* request,
                                    pb::Operation* response) {
  Answer(call, "Authorize", FromProto(*request), response);
}

void ProviderGrpcService::Capture(rpc::ServerCall* call, const pb::CaptureRequest* request,
                                  pb::Operation* response) {
  Answer(call, "Capture", FromProto(*request), response);
}

void ProviderGrpcService::Void(rpc::ServerCall* call, const pb::VoidRequest* request,
                               pb::Operation* response) {
  Answer(call, "Void", FromProto(*request), response);
}

void ProviderGrpcService::Refund(rpc::ServerCall* call, const pb::RefundRequest* request,
                                 pb::Operation* response) {
  Answer(call, "Refund", FromProto(*request), response);
}

void ProviderGrpcService::GetOperation(rpc::ServerCall* call,
                                       const pb::GetOperationRequest* request,
                                       pb::Operation* response) {
  executor_.Run(call, "GetOperation",
                rpc::NotForCustomers([this, request, response]() -> absl::Status {
                  ASSIGN_OR_RETURN(const std::string key, FromProto(*request));
                  RETURN_IF_ERROR(faults_.Draw().error);
                  ASSIGN_OR_RETURN(const Operation operation, store_.Find(key));
                  *response = ToProto(operation);
                  return absl::OkStatus();
                }));
}

void ProviderGrpcService::ListOperations(rpc::ServerCall* call,
                                         const pb::ListOperationsRequest* request,
                                         pb::ListOperationsResponse* response) {
  executor_.Run(call, "ListOperations", rpc::NotForCustomers([this, request, response]() {
                  return List(*request, *response);
                }));
}

absl::Status ProviderGrpcService::List(const pb::ListOperationsRequest& request,
                                       pb::ListOperationsResponse& response) {
  FieldViolations violations;
  violations.Check(request.payment_references_size() <= kReferencesMax, "payment_references",
                   "must be at most 200");
  std::string token_filter = "operations";
  for (const std::string& reference : request.payment_references()) {
    violations.Check(!reference.empty() && IsText(reference, kReferenceSizeMax),
                     "payment_references", "must be 1 to 128 bytes of text each");
    token_filter += "/" + reference;
  }
  const int page_size =
      request.page_size() == 0 ? kPageSizeDefault : rpc::PageSize(request.page_size(), violations);
  OperationFilter filter;
  filter.payment_references.assign(request.payment_references().begin(),
                                   request.payment_references().end());
  filter.after_reference = rpc::DecodeUuidPageToken(request.page_token(), token_filter, violations);
  filter.limit = page_size + 1;  // one more tells whether there is a next page
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(const std::vector<Operation> operations, store_.List(filter));
  for (const Operation& operation : operations) {
    if (response.operations_size() == page_size) {
      response.set_next_page_token(
          rpc::EncodePageToken(response.operations(page_size - 1).reference(), token_filter));
      break;
    }
    *response.add_operations() = ToProto(operation);
  }
  return absl::OkStatus();
}

}  // namespace orderflow::payment_provider_simulator
