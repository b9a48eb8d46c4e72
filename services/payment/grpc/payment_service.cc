#include "services/payment/grpc/payment_service.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/recorded_actor.h"
#include "services/payment/grpc/payment_mapping.h"

namespace orderflow::payment {
namespace {

constexpr size_t kReferenceSizeMax = 500;

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
  filter.before = OrderId(rpc::DecodeUuidPageToken(request.page_token(), token_filter, violations));
  RETURN_IF_ERROR(violations.ToStatus());
  return filter;
}

// Nothing for a dry run, which is recorded nowhere.
std::optional<ReconciliationMandate> ReadMandate(const v1::ReconcilePaymentsRequest& request,
                                                 const rpc::Caller& caller,
                                                 FieldViolations& violations) {
  if (request.validate_only()) {
    return std::nullopt;
  }
  const v1::ReconciliationRepair& repair = request.repair();
  violations.Check(IsUuid(repair.request_id()), "repair.request_id", "must be a UUID");
  const std::string actor = rpc::RecordedActor(caller, repair.actor(), "repair.actor", violations);
  CheckReason(repair.reason(), "repair.reason", violations);
  violations.Check(actor != kReconcilerActor, "repair.actor",
                   "is what the run in the background goes by");
  return ReconciliationMandate{
      .request_id = LowerCaseUuid(repair.request_id()), .actor = actor, .reason = repair.reason()};
}

}  // namespace

void PaymentGrpcService::GetPayment(rpc::ServerCall* call, const v1::GetPaymentRequest* request,
                                    v1::Payment* response) {
  executor_.Run(call, "GetPayment", rpc::NotForCustomers([this, request, response]() {
                  return Get(*request, *response);
                }));
}

void PaymentGrpcService::ListPayments(rpc::ServerCall* call, const v1::ListPaymentsRequest* request,
                                      v1::ListPaymentsResponse* response) {
  executor_.Run(call, "ListPayments", rpc::NotForCustomers([this, request, response]() {
                  return List(*request, *response);
                }));
}

void PaymentGrpcService::ReconcilePayments(rpc::ServerCall* call,
                                           const v1::ReconcilePaymentsRequest* request,
                                           v1::ReconcilePaymentsResponse* response) {
  executor_.Run(call, "ReconcilePayments",
                rpc::NotForCustomers([this, request, response](const rpc::Caller& caller) {
                  return Reconcile(caller, *request, *response);
                }));
}

void PaymentGrpcService::ListReconciliationFindings(
    rpc::ServerCall* call, const v1::ListReconciliationFindingsRequest* request,
    v1::ListReconciliationFindingsResponse* response) {
  executor_.Run(call, "ListReconciliationFindings",
                rpc::NotForCustomers(
                    [this, request, response]() { return ListFindings(*request, *response); }));
}

void PaymentGrpcService::ListReconciliationActions(
    rpc::ServerCall* call, const v1::ListReconciliationActionsRequest* request,
    v1::ListReconciliationActionsResponse* response) {
  executor_.Run(call, "ListReconciliationActions",
                rpc::NotForCustomers(
                    [this, request, response]() { return ListActions(*request, *response); }));
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

// The token says whether the run is a dry one, so that one run is all of one kind.
absl::Status PaymentGrpcService::Reconcile(const rpc::Caller& caller,
                                           const v1::ReconcilePaymentsRequest& request,
                                           v1::ReconcilePaymentsResponse& response) {
  const std::string token_filter = fmt::format("reconcile/{}", request.validate_only());
  FieldViolations violations;
  const std::string cursor = rpc::DecodePageToken(request.page_token(), token_filter, violations);
  const std::optional<ReconciliationMandate> mandate = ReadMandate(request, caller, violations);
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(const ReconciliationStretch stretch, reconciliation_.Run(cursor, mandate));
  response.set_payments_compared(stretch.payments_compared);
  for (const ReconciledDifference& difference : stretch.differences) {
    *response.add_differences() = ToProto(difference);
  }
  if (!stretch.next_cursor.empty()) {
    response.set_next_page_token(rpc::EncodePageToken(stretch.next_cursor, token_filter));
  }
  return absl::OkStatus();
}

absl::Status PaymentGrpcService::ListFindings(const v1::ListReconciliationFindingsRequest& request,
                                              v1::ListReconciliationFindingsResponse& response) {
  const std::string token_filter = fmt::format(
      "findings/{}/{}", static_cast<int>(request.difference_class()), request.with_closed());
  FieldViolations violations;
  FindingFilter filter;
  filter.difference = FromProto(request.difference_class());
  violations.Check(filter.difference.has_value() ||
                       request.difference_class() == v1::DIFFERENCE_CLASS_UNSPECIFIED,
                   "difference_class", "must be a known class, or unspecified for any");
  filter.with_closed = request.with_closed();
  const int page_size = rpc::PageSize(request.page_size(), violations);
  filter.before = rpc::DecodeUuidPageToken(request.page_token(), token_filter, violations);
  filter.limit = page_size + 1;  // one more tells whether there is a next page
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(const std::vector<Finding> findings, findings_.List(filter));
  for (const Finding& finding : findings) {
    if (response.findings_size() == page_size) {
      response.set_next_page_token(
          rpc::EncodePageToken(response.findings(page_size - 1).finding_id(), token_filter));
      break;
    }
    *response.add_findings() = ToProto(finding);
  }
  return absl::OkStatus();
}

absl::Status PaymentGrpcService::ListActions(const v1::ListReconciliationActionsRequest& request,
                                             v1::ListReconciliationActionsResponse& response) {
  const std::string token_filter = fmt::format("actions/{}", request.payment_reference());
  FieldViolations violations;
  ReconciliationActionFilter filter;
  violations.Check(IsText(request.payment_reference(), kReferenceSizeMax), "payment_reference",
                   "must be printable");
  filter.payment_reference = request.payment_reference();
  const int page_size = rpc::PageSize(request.page_size(), violations);
  filter.before = rpc::DecodeUuidPageToken(request.page_token(), token_filter, violations);
  filter.limit = page_size + 1;  // one more tells whether there is a next page
  RETURN_IF_ERROR(violations.ToStatus());
  ASSIGN_OR_RETURN(const std::vector<ReconciliationAction> actions, actions_.List(filter));
  for (const ReconciliationAction& action : actions) {
    if (response.actions_size() == page_size) {
      response.set_next_page_token(
          rpc::EncodePageToken(response.actions(page_size - 1).action_id(), token_filter));
      break;
    }
    *response.add_actions() = ToProto(action);
  }
  return absl::OkStatus();
}

}  // namespace orderflow::payment
