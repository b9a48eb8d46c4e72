#pragma once

#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "services/inventory/domain/item_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::inventory {

// orderflow.inventory.v1.InventoryService: validates, asks the store, maps back. Threadsafe.
class InventoryGrpcService final : public v1::InventoryService::CallbackService {
 public:
  InventoryGrpcService(ItemStore& store, rpc::CallExecutor& executor);

  grpc::ServerUnaryReactor* QuoteItems(grpc::CallbackServerContext* context,
                                       const v1::QuoteItemsRequest* request,
                                       v1::QuoteItemsResponse* response) override;
  grpc::ServerUnaryReactor* GetItem(grpc::CallbackServerContext* context,
                                    const v1::GetItemRequest* request, v1::Item* response) override;
  grpc::ServerUnaryReactor* ListItems(grpc::CallbackServerContext* context,
                                      const v1::ListItemsRequest* request,
                                      v1::ListItemsResponse* response) override;
  grpc::ServerUnaryReactor* UpsertItem(grpc::CallbackServerContext* context,
                                       const v1::UpsertItemRequest* request,
                                       v1::Item* response) override;
  grpc::ServerUnaryReactor* AdjustStock(grpc::CallbackServerContext* context,
                                        const v1::AdjustStockRequest* request,
                                        v1::Item* response) override;

 private:
  ItemStore& store_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::inventory
