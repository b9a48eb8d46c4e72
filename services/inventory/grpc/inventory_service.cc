#include "services/inventory/grpc/inventory_service.h"

#include "libs/base/status_macros.h"
#include "libs/rpc/call_executor.h"
#include "services/inventory/grpc/item_mapping.h"

namespace orderflow::inventory {

InventoryGrpcService::InventoryGrpcService(ItemStore& store, rpc::CallExecutor& executor)
    : store_(store), executor_(executor) {}

grpc::ServerUnaryReactor* InventoryGrpcService::QuoteItems(grpc::CallbackServerContext* context,
                                                           const v1::QuoteItemsRequest* request,
                                                           v1::QuoteItemsResponse* response) {
  return executor_.Run(context, "QuoteItems",
                       rpc::NotForCustomers([this, request, response]() -> absl::Status {
                         ASSIGN_OR_RETURN(const std::vector<Sku> skus, FromProto(*request));
                         ASSIGN_OR_RETURN(const std::vector<Quote> quotes, store_.FindQuotes(skus));
                         *response = ToProto(skus, quotes);
                         return absl::OkStatus();
                       }));
}

grpc::ServerUnaryReactor* InventoryGrpcService::GetItem(grpc::CallbackServerContext* context,
                                                        const v1::GetItemRequest* request,
                                                        v1::Item* response) {
  return executor_.Run(context, "GetItem",
                       rpc::NotForCustomers([this, request, response]() -> absl::Status {
                         ASSIGN_OR_RETURN(const Sku sku, FromProto(*request));
                         ASSIGN_OR_RETURN(const Item item, store_.Get(sku));
                         *response = ToProto(item);
                         return absl::OkStatus();
                       }));
}

grpc::ServerUnaryReactor* InventoryGrpcService::ListItems(grpc::CallbackServerContext* context,
                                                          const v1::ListItemsRequest* request,
                                                          v1::ListItemsResponse* response) {
  return executor_.Run(
      context, "ListItems", rpc::NotForCustomers([this, request, response]() -> absl::Status {
        ASSIGN_OR_RETURN(const ItemPage page, FromProto(*request));
        ASSIGN_OR_RETURN(const std::vector<Item> items, store_.List(page.after, page.size + 1));
        *response = ToProto(items, page);
        return absl::OkStatus();
      }));
}

grpc::ServerUnaryReactor* InventoryGrpcService::UpsertItem(grpc::CallbackServerContext* context,
                                                           const v1::UpsertItemRequest* request,
                                                           v1::Item* response) {
  return executor_.Run(context, "UpsertItem",
                       rpc::NotForCustomers([this, request, response]() -> absl::Status {
                         ASSIGN_OR_RETURN(const ItemDescription description, FromProto(*request));
                         ASSIGN_OR_RETURN(const Item item, store_.Upsert(description));
                         *response = ToProto(item);
                         return absl::OkStatus();
                       }));
}

grpc::ServerUnaryReactor* InventoryGrpcService::AdjustStock(grpc::CallbackServerContext* context,
                                                            const v1::AdjustStockRequest* request,
                                                            v1::Item* response) {
  return executor_.Run(context, "AdjustStock",
                       rpc::NotForCustomers([this, request, response]() -> absl::Status {
                         ASSIGN_OR_RETURN(const StockAdjustment adjustment, FromProto(*request));
                         ASSIGN_OR_RETURN(const Item item, store_.Adjust(adjustment));
                         *response = ToProto(item);
                         return absl::OkStatus();
                       }));
}

}  // namespace orderflow::inventory
