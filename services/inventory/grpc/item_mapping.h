#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "orderflow/inventory/v1/inventory_service.pb.h"
#include "services/inventory/domain/item.h"

namespace orderflow::inventory {

// Requests of InventoryService as the domain sees them, and answers back. The From functions check
// everything: kInvalidArgument names every violated field at once.

inline constexpr int kQuotedSkusMax = 10000;

// Each SKU once, sorted.
absl::StatusOr<std::vector<Sku>> FromProto(const v1::QuoteItemsRequest& request);
absl::StatusOr<Sku> FromProto(const v1::GetItemRequest& request);
absl::StatusOr<ItemDescription> FromProto(const v1::UpsertItemRequest& request);
absl::StatusOr<StockAdjustment> FromProto(const v1::AdjustStockRequest& request);

// Where a page starts and how long it is.
struct ItemPage {
  Sku after;
  int size = 0;
};
absl::StatusOr<ItemPage> FromProto(const v1::ListItemsRequest& request);

v1::Item ToProto(const Item& item);
// `asked` (sorted) minus `quotes` are the unknown ones.
v1::QuoteItemsResponse ToProto(const std::vector<Sku>& asked, const std::vector<Quote>& quotes);
// `items` holds one more than the page when there is another page.
v1::ListItemsResponse ToProto(const std::vector<Item>& items, const ItemPage& page);

}  // namespace orderflow::inventory
