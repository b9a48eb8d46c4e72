#include "tools/orderctl/demo/catalogue.h"

#include "libs/base/status_macros.h"
#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "tools/orderctl/demo/scenario.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using inventory::v1::InventoryService;
using inventory::v1::Item;

absl::StatusOr<Item> GetOrCreate(InventoryService::Stub& stub, const DemoItem& item,
                                 Duration timeout) {
  inventory::v1::GetItemRequest get;
  get.set_sku(item.sku);
  absl::StatusOr<Item> found = Call(stub, &InventoryService::Stub::GetItem, get, timeout);
  if (found.status().code() != absl::StatusCode::kNotFound) {
    return found;
  }
  inventory::v1::UpsertItemRequest upsert;
  upsert.set_sku(item.sku);
  upsert.set_name(item.name);
  upsert.mutable_unit_price()->set_currency_code(kDemoCurrency);
  upsert.mutable_unit_price()->set_amount_minor(item.price_minor);
  return Call(stub, &InventoryService::Stub::UpsertItem, upsert, timeout);
}

}  // namespace

absl::Status StockDemoCatalogue(const std::shared_ptr<grpc::Channel>& inventory, int orders,
                                Duration call_timeout) {
  const auto stub = InventoryService::NewStub(inventory);
  const int64_t needed = static_cast<int64_t>(orders) * kDemoQuantityMax;
  for (const DemoItem& item : DemoCatalogue()) {
    ASSIGN_OR_RETURN(const Item stored, GetOrCreate(*stub, item, call_timeout));
    if (!item.stocked || stored.available() >= needed) {
      continue;
    }
    inventory::v1::AdjustStockRequest adjust;
    adjust.set_request_id(NewId());
    adjust.set_sku(item.sku);
    adjust.set_delta(needed - stored.available());
    adjust.set_reason("delivery for the demo");
    RETURN_IF_ERROR(
        Call(*stub, &InventoryService::Stub::AdjustStock, adjust, call_timeout).status());
  }
  return absl::OkStatus();
}

}  // namespace orderflow::orderctl
