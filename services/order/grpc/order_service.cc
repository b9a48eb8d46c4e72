#include "services/order/grpc/order_service.h"

#include <memory>
#include <utility>

#include "grpcpp/grpcpp.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_spans.h"
#include "libs/rpc/open_stream.h"
#include "libs/rpc/page_token.h"
#include "libs/telemetry/log.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/order_mapping.h"
#include "services/order/grpc/order_validation.h"
#include "services/order/grpc/watch_order_stream.h"

namespace orderflow::order {
namespace {

// How long an order may wait for its batch when the client set no deadline of its own.
constexpr Duration kCreateTimeoutMax = std::chrono::seconds(10);
// The same for a read.
constexpr Duration kGetTimeoutMax = std::chrono::seconds(5);

absl::Status ForAnotherCustomer() {
  return TypedError(absl::StatusCode::kPermissionDenied,
                    "the token is of another customer than customer_id", "ANOTHER_CUSTOMER");
}

}  // namespace

void OrderGrpcService::CreateOrder(rpc::ServerCall* call, const v1::CreateOrderRequest* request,
                                   v1::Order* response) {
  executor_.RunAsync(
      call, "CreateOrder", [=, this](const rpc::Caller& caller, rpc::CallExecutor::Finish finish) {
        if (!caller.MayActFor(request->customer_id())) {
          finish(ForAnotherCustomer());
          return;
        }
        absl::StatusOr<rpc::Admission::Place> place = admission_.Enter(request->customer_id());
        if (!place.ok()) {
          finish(place.status());
          return;
        }
        absl::StatusOr<order::CreateOrder> create = ValidateCreateOrder(*request);
        if (!create.ok()) {
          finish(create.status());
          return;
        }
        create->traceparent = caller.span->context().ToTraceparent();
        create->deadline = clock_.Now() + rpc::TimeLeft(call->context(), kCreateTimeoutMax);
        acceptor_.Submit(
            *std::move(create), [response, span = caller.span, place = *std::move(place),
                                 finish = std::move(finish)](absl::StatusOr<Order> order) {
              if (order.ok()) {
                *response = ToProto(*order);
                telemetry::LogInfo("order accepted", {{"order_id", order->order_id.value()},
                                                      {"trace_id", span->context().trace_id}});
                span->SetOrderId(order->order_id.value());
              }
              finish(ForClient(order.status()));
            });
      });
}

void OrderGrpcService::GetOrder(rpc::ServerCall* call, const v1::GetOrderRequest* request,
                                v1::Order* response) {
  executor_.RunAsync(
      call, "GetOrder", [=, this](const rpc::Caller& caller, rpc::CallExecutor::Finish finish) {
        const absl::StatusOr<OrderId> order_id = ValidateOrderId(request->order_id());
        if (!order_id.ok()) {
          finish(order_id.status());
          return;
        }
        reader_.Submit(
            {.order_id = *order_id,
             .deadline = clock_.Now() + rpc::TimeLeft(call->context(), kGetTimeoutMax),
             .is_given_up = [call] { return call->is_cancelled(); },
             .done =
                 [=, finish = std::move(finish)](const absl::Status& status, const Order* order) {
                   if (!status.ok()) {
                     finish(status);
                   } else if (order == nullptr || !caller.MayActFor(order->customer_id.value())) {
                     finish(OrderNotFound(*order_id));
                   } else {
                     *response = ToProto(*order);
                     finish(absl::OkStatus());
                   }
                 }});
      });
}

void OrderGrpcService::ListOrders(rpc::ServerCall* call, const v1::ListOrdersRequest* request,
                                  v1::ListOrdersResponse* response) {
  executor_.Run(call, "ListOrders", [=, this](const rpc::Caller& caller) -> absl::Status {
    v1::ListOrdersRequest asked = *request;
    if (asked.customer_id().empty() && caller.kind == rpc::Caller::Kind::kCustomer) {
      asked.set_customer_id(caller.name);
    }
    if (!caller.MayActFor(asked.customer_id())) {
      return ForAnotherCustomer();
    }
    ASSIGN_OR_RETURN(const OrderFilter filter, ValidateListOrders(asked));
    ASSIGN_OR_RETURN(const std::vector<Order> orders, store_.List(filter));
    for (const Order& order : orders) {
      *response->add_orders() = ToProto(order);
    }
    if (static_cast<int>(orders.size()) == filter.limit) {
      response->set_next_page_token(
          rpc::EncodePageToken(orders.back().order_id.value(), FilterKey(asked)));
    }
    return absl::OkStatus();
  });
}

void OrderGrpcService::CancelOrder(rpc::ServerCall* call, const v1::CancelOrderRequest* request,
                                   v1::Order* response) {
  executor_.Run(
      call, "CancelOrder",
      [=, this](const rpc::Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(const order::CancelOrder cancel, ValidateCancelOrder(*request));
        RETURN_IF_ERROR(CheckOwner(caller, cancel.order_id));
        const std::string traceparent = caller.span->context().ToTraceparent();
        auto cancelled =
            store_.Cancel(cancel.order_id, cancel.request_id, cancel.reason, traceparent);
        if (absl::IsUnknown(cancelled.status())) {
          // The commit is in doubt; a cancel is idempotent by its request id, so asking again
          // tells.
          cancelled = store_.Cancel(cancel.order_id, cancel.request_id, cancel.reason, traceparent);
        }
        RETURN_IF_ERROR(ForClient(cancelled.status()));
        // What the cancel has caused is in the order's trace, and so is the cancel.
        caller.span->MoveTo(cancelled->traceparent);
        caller.span->SetOrderId(cancelled->order.order_id.value());
        *response = ToProto(cancelled->order);
        return absl::OkStatus();
      },
      // Which customer's order it is, is only known from the database: a customer pays with its own
      // share, everybody else's call belongs to nobody.
      [this](const rpc::Caller& caller) {
        return admission_.Enter(caller.kind == rpc::Caller::Kind::kCustomer ? caller.name : "");
      });
}

absl::Status OrderGrpcService::CheckOwner(const rpc::Caller& caller, const OrderId& order_id) {
  if (caller.kind != rpc::Caller::Kind::kCustomer) {
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const auto orders, store_.Get(std::span(&order_id, 1)));
  const bool is_own =
      !orders.empty() && caller.MayActFor(orders.begin()->second.customer_id.value());
  return is_own ? absl::OkStatus() : OrderNotFound(order_id);
}

void OrderGrpcService::WatchOrder(rpc::ServerStream<v1::OrderStateChange>* stream,
                                  const v1::WatchOrderRequest* request) {
  std::unique_ptr<rpc::OpenStream> open_stream = executor_.Open(stream->context(), "WatchOrder");
  if (const absl::Status refused = open_stream->admitted(); !refused.ok()) {
    rpc::RefuseStream(*stream, std::move(open_stream), refused);
    return;
  }
  FieldViolations violations;
  violations.Check(request->after_sequence() >= 0, "after_sequence", "must not be negative");
  const absl::StatusOr<OrderId> order_id = ValidateOrderId(request->order_id());
  if (!order_id.ok()) {
    for (const FieldViolation& violation : DetailsOf(order_id.status()).field_violations) {
      violations.Add(violation.field, violation.description);
    }
  }
  if (!violations.empty()) {
    rpc::RefuseStream(*stream, std::move(open_stream), violations.ToStatus());
    return;
  }
  WatchOrderStream::Start(*stream, hub_, std::move(open_stream), *order_id,
                          request->after_sequence());
}

}  // namespace orderflow::order
