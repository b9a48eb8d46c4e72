#include "services/inventory/grpc/inventory_service.h"

#include "libs/base/status_macros.h"
#include "libs/rpc/call_executor.h"
#include "services/inventory/grpc/item_mapping.h"

namespace orderflow::inventory {

InventoryGrpcService::InventoryGrpcService(ItemStore& store, rpc::CallExecutor& executor)
    : store_(store), executor_(executor) {
  Unary(&Generated::RequestQuoteItems, &InventoryGrpcService::QuoteItems);
  Unary(&Generated::RequestGetItem, &InventoryGrpcService::GetItem);
  Unary(&Generated::RequestListItems, &InventoryGrpcService::ListItems);
  Unary(&Generated::RequestUpsertItem, &InventoryGrpcService::UpsertItem);
  Unary(&Generated::RequestAdjustStock, &InventoryGrpcService::AdjustStock);
}

void InventoryGrpcService::QuoteItems(rpc::ServerCall* call, const v1::QuoteItemsRequest* request,
                                      v1::QuoteItemsResponse* response) {
  executor_.Run(call, "QuoteItems",
                rpc::NotForCustomers([this, request, response]() -> absl::Status {
                  ASSIGN_OR_RETURN(const std::vector<Sku> skus, FromProto(*request));
                  ASSIGN_OR_RETURN(const std::vector<Quote> quotes, store_.FindQuotes(skus));
                  *response = ToProto(skus, quotes);
                  return absl::OkStatus();
                }));
}

void InventoryGrpcService::GetItem(rpc::ServerCall* call, const v1::GetItemRequest* request,
                                   v1::Item* response) {
  executor_.Run(call, "GetItem", rpc::NotForCustomers([this, request, response]() -> absl::Status {
                  ASSIGN_OR_RETURN(const Sku sku, FromProto(*request));
                  ASSIGN_OR_RETURN(const Item item, store_.Get(sku));
                  *response = ToProto(item);
                  return absl::OkStatus();
                }));
}

void InventoryGrpcService::ListItems(rpc::ServerCall* call, const v1::ListItemsRequest* request,
                                     v1::ListItemsResponse* response) {
  executor_.Run(
      call, "ListItems", rpc::NotForCustomers([this, request, response]() -> absl::Status {
        ASSIGN_OR_RETURN(const ItemPage page, FromProto(*request));
        ASSIGN_OR_RETURN(const std::vector<Item> items, store_.List(page.after, page.size + 1));
        *response = ToProto(items, page);
        return absl::OkStatus();
      }));
}

void InventoryGrpcService::UpsertItem(rpc::ServerCall* call, const v1::UpsertItemRequest* request,
                                      v1::Item* response) {
  executor_.Run(call, "UpsertItem",
                rpc::NotForCustomers([this, request, response]() -> absl::Status {
                  ASSIGN_OR_RETURN(const ItemDescription description, FromProto(*request));
                  ASSIGN_OR_RETURN(const Item item, store_.Upsert(description));
                  *response = ToProto(item);
                  return absl::OkStatus();
                }));
}

void InventoryGrpcService::AdjustStock(rpc::ServerCall* call, const v1::AdjustStockRequest* request,
                                       v1::Item* response) {
  executor_.Run(call, "AdjustStock",
                rpc::NotForCustomers([this, request, response]() -> absl::Status {
                  ASSIGN_OR_RETURN(const StockAdjustment adjustment, FromProto(*request));
                  ASSIGN_OR_RETURN(const Item item, store_.Adjust(adjustment));
                  *response = ToProto(item);
                  return absl::OkStatus();
                }));
}

}  // namespace orderflow::inventory
