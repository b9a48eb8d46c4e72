#include "services/payment/providers/grpc_provider_books.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/proto_time.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::payment {
namespace {

namespace pb = provider::v1;

constexpr int kPageSize = 1000;

absl::StatusOr<OperationKind> ReadKind(const pb::Operation& operation) {
  switch (operation.kind()) {
    case pb::OPERATION_KIND_AUTHORIZE:
      return OperationKind::kAuthorize;
    case pb::OPERATION_KIND_CAPTURE:
      return OperationKind::kCapture;
    case pb::OPERATION_KIND_VOID:
      return OperationKind::kVoid;
    case pb::OPERATION_KIND_REFUND:
      return OperationKind::kRefund;
    default:
      return absl::InternalError(fmt::format("the provider's entry {} has the unknown kind {}",
                                             operation.reference(),
                                             static_cast<int>(operation.kind())));
  }
}

absl::StatusOr<BookEntry> ReadEntry(const pb::Operation& operation) {
  ASSIGN_OR_RETURN(const OperationKind kind, ReadKind(operation));
  if (operation.outcome() != pb::OPERATION_OUTCOME_SUCCEEDED &&
      operation.outcome() != pb::OPERATION_OUTCOME_DECLINED) {
    return absl::InternalError(fmt::format("the provider's entry {} has the unknown outcome {}",
                                           operation.reference(),
                                           static_cast<int>(operation.outcome())));
  }
  return BookEntry{
      .reference = operation.reference(),
      .idempotency_key = operation.idempotency_key(),
      .payment_reference = operation.payment_reference(),
      .kind = kind,
      .succeeded = operation.outcome() == pb::OPERATION_OUTCOME_SUCCEEDED,
      .decline_code = operation.decline_code(),
      .amount = Money{operation.amount().currency_code(), operation.amount().amount_minor()},
      .create_time = rpc::FromProtoTime(operation.create_time()),
  };
}

}  // namespace

struct GrpcProviderBooks::State {
  absl::StatusOr<BooksPage> Call(pb::ListOperationsRequest request) const {
    request.set_page_size(kPageSize);
    grpc::ClientContext context;
    rpc::Prepare(context, call_timeout, telemetry::NewTrace());
    pb::ListOperationsResponse response;
    const grpc::Status status = stub->ListOperations(&context, request, &response);
    if (!status.ok()) {
      return rpc::FromGrpcStatus(status);
    }
    BooksPage page;
    page.next_page_token = response.next_page_token();
    page.entries.reserve(static_cast<size_t>(response.operations_size()));
    for (const pb::Operation& operation : response.operations()) {
      ASSIGN_OR_RETURN(BookEntry entry, ReadEntry(operation));
      page.entries.push_back(std::move(entry));
    }
    return page;
  }

  std::unique_ptr<pb::ProviderService::Stub> stub;
  Duration call_timeout;
};

GrpcProviderBooks::GrpcProviderBooks(std::shared_ptr<grpc::Channel> channel, Duration call_timeout)
    : state_(std::make_unique<State>(
          State{pb::ProviderService::NewStub(std::move(channel)), call_timeout})) {}

GrpcProviderBooks::~GrpcProviderBooks() = default;

absl::StatusOr<BooksPage> GrpcProviderBooks::List(const std::string& page_token) {
  pb::ListOperationsRequest request;
  request.set_page_token(page_token);
  return state_->Call(std::move(request));
}

absl::StatusOr<std::vector<BookEntry>> GrpcProviderBooks::ListOf(
    std::span<const OrderId> order_ids) {
  std::vector<BookEntry> entries;
  if (order_ids.empty()) {
    return entries;  // an empty filter would mean every payment
  }
  pb::ListOperationsRequest request;
  for (const OrderId& order_id : order_ids) {
    request.add_payment_references(order_id.value());
  }
  do {
    ASSIGN_OR_RETURN(BooksPage page, state_->Call(request));
    std::move(page.entries.begin(), page.entries.end(), std::back_inserter(entries));
    request.set_page_token(page.next_page_token);
  } while (!request.page_token().empty());
  return entries;
}

}  // namespace orderflow::payment
