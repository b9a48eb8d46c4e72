#include "services/payment/grpc/payment_service.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/page_token.h"
#include "services/payment/grpc/payment_mapping.h"

namespace orderflow::payment {
namespace {

OrderId ReadOrderId(const std::string& text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return OrderId(lower);
}

absl::StatusOr<PaymentFilter> ReadFilter(const v1::ListPaymentsRequest& request,
                                         const std::string& token_filter) {
  FieldViolations violations;
  violations.Check(request.customer_id().empty() || IsName(request.customer_id()), "customer_id",
                   kNameRule);
  PaymentFilter filter;
  filter.state = FromProto(request.state());
  violations.Check(filter.state.has_value() || request.state() == v1::PAYMENT_STATE_UNSPECIFIED,
                   "state", "must be a known state, or unspecified for any");
  filter.customer_id = CustomerId(request.customer_id());
  filter.limit = rpc::PageSize(request.page_size(), violations);
  filter.before = OrderId(rpc::DecodePageToken(request.page_token(), token_filter, violations));
  RETURN_IF_ERROR(violations.ToStatus());
  return filter;
}

}  // namespace

grpc::ServerUnaryReactor* PaymentGrpcService::GetPayment(grpc::CallbackServerContext* context,
                                                         const v1::GetPaymentRequest* request,
                                                         v1::Payment* response) {
  return executor_.Run(context, "GetPayment",
                       [this, request, response]() { return Get(*request, *response); });
}

grpc::ServerUnaryReactor* PaymentGrpcService::ListPayments(grpc::CallbackServerContext* context,
                                                           const v1::ListPaymentsRequest* request,
                                                           v1::ListPaymentsResponse* response) {
  return executor_.Run(context, "ListPayments",
                       [this, request, response]() { return List(*request, *response); });
}

absl::Status PaymentGrpcService::Get(const v1::GetPaymentRequest& request, v1::Payment& response) {
  FieldViolations violations;
  violations.Check(IsUuid(request.order_id()), "order_id", "must be a UUID");
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(const Payment payment, payments_.Get(ReadOrderId(request.order_id())));
  response = ToProto(payment);
  return absl::OkStatus();
}

absl::Status PaymentGrpcService::List(const v1::ListPaymentsRequest& request,
                                      v1::ListPaymentsResponse& response) {
  const std::string token_filter =
      fmt::format("payments/{}/{}", request.customer_id(), static_cast<int>(request.state()));
  ASSIGN_OR_RETURN(PaymentFilter filter, ReadFilter(request, token_filter));
  const int page_size = filter.limit;
  filter.limit = page_size + 1;  // one more tells whether there is a next page
  ASSIGN_OR_RETURN(const std::vector<Payment> payments, payments_.List(filter));
  for (const Payment& payment : payments) {
    if (response.payments_size() == page_size) {
      response.set_next_page_token(
          rpc::EncodePageToken(response.payments(page_size - 1).order_id(), token_filter));
      break;
    }
    *response.add_payments() = ToProto(payment);
  }
  return absl::OkStatus();
}

}  // namespace orderflow::payment
