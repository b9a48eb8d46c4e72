#pragma once

#include "libs/base/clock.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/service.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "services/order/domain/order_acceptor.h"
#include "services/order/domain/order_reader.h"
#include "services/order/domain/order_store.h"
#include "services/order/domain/order_watch_hub.h"

namespace orderflow::order {

// The API of order_service.proto: admit what writes, validate, call, map back. Threadsafe.
class OrderGrpcService final : public rpc::ServiceOf<v1::OrderService::AsyncService> {
 public:
  OrderGrpcService(OrderAcceptor& acceptor, OrderReader& reader, OrderStore& store,
                   OrderWatchHub& hub, rpc::Admission& admission, rpc::CallExecutor& executor,
                   const Clock& clock)
      : acceptor_(acceptor),
        reader_(reader),
        store_(store),
        hub_(hub),
        admission_(admission),
        executor_(executor),
        clock_(clock) {
    Unary(&Generated::RequestCreateOrder, &OrderGrpcService::CreateOrder);
    Unary(&Generated::RequestGetOrder, &OrderGrpcService::GetOrder);
    Unary(&Generated::RequestListOrders, &OrderGrpcService::ListOrders);
    Unary(&Generated::RequestCancelOrder, &OrderGrpcService::CancelOrder);
    Stream(&Generated::RequestWatchOrder, &OrderGrpcService::WatchOrder);
  }

 private:
  void CreateOrder(rpc::ServerCall* call, const v1::CreateOrderRequest* request,
                   v1::Order* response);
  void GetOrder(rpc::ServerCall* call, const v1::GetOrderRequest* request, v1::Order* response);
  void ListOrders(rpc::ServerCall* call, const v1::ListOrdersRequest* request,
                  v1::ListOrdersResponse* response);
  void CancelOrder(rpc::ServerCall* call, const v1::CancelOrderRequest* request,
                   v1::Order* response);
  void WatchOrder(rpc::ServerStream<v1::OrderStateChange>* stream,
                  const v1::WatchOrderRequest* request);

  // kNotFound when it is not the caller's to see. An order never changes its customer.
  absl::Status CheckOwner(const rpc::Caller& caller, const OrderId& order_id);

  OrderAcceptor& acceptor_;
  OrderReader& reader_;
  OrderStore& store_;
  OrderWatchHub& hub_;
  rpc::Admission& admission_;
  rpc::CallExecutor& executor_;
  const Clock& clock_;
};

}  // namespace orderflow::order
