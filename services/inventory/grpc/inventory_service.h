#pragma once

#include "libs/rpc/service.h"
#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "services/inventory/domain/item_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::inventory {

// orderflow.inventory.v1.InventoryService: validates, asks the store, maps back. Threadsafe.
class InventoryGrpcService final : public rpc::ServiceOf<v1::InventoryService::AsyncService> {
 public:
  InventoryGrpcService(ItemStore& store, rpc::CallExecutor& executor);

 private:
  void QuoteItems(rpc::ServerCall* call, const v1::QuoteItemsRequest* request,
                  v1::QuoteItemsResponse* response);
  void GetItem(rpc::ServerCall* call, const v1::GetItemRequest* request, v1::Item* response);
  void ListItems(rpc::ServerCall* call, const v1::ListItemsRequest* request,
                 v1::ListItemsResponse* response);
  void UpsertItem(rpc::ServerCall* call, const v1::UpsertItemRequest* request, v1::Item* response);
  void AdjustStock(rpc::ServerCall* call, const v1::AdjustStockRequest* request,
                   v1::Item* response);

  ItemStore& store_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::inventory
