#include "services/inventory/grpc/item_mapping.h"

#include <algorithm>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/proto_time.h"

namespace orderflow::inventory {
namespace {

constexpr char kListItemsFilter[] = "items";

void CheckPrice(const common::v1::Money& price, FieldViolations& violations) {
  violations.Check(IsKnownCurrency(price.currency_code()), "unit_price.currency_code",
                   "must be an ISO 4217 code in upper case, for example EUR");
  violations.Check(price.amount_minor() >= 0 && price.amount_minor() <= kAmountMinorMax,
                   "unit_price.amount_minor", fmt::format("must be 0 to {}", kAmountMinorMax));
}

void CheckText(const std::string& text, size_t size_max, const char* field,
               FieldViolations& violations) {
  violations.Check(!text.empty() && IsText(text, size_max), field,
                   fmt::format("must be 1 to {} bytes of printable text", size_max));
}

void SetMoney(const Money& money, common::v1::Money& proto) {
  proto.set_currency_code(money.currency_code);
  proto.set_amount_minor(money.amount_minor);
}

}  // namespace

absl::StatusOr<std::vector<Sku>> FromProto(const v1::QuoteItemsRequest& request) {
  FieldViolations violations;
  violations.Check(!request.skus().empty() && request.skus_size() <= kQuotedSkusMax, "skus",
                   fmt::format("must hold 1 to {} SKUs", kQuotedSkusMax));
  std::vector<Sku> skus;
  for (int i = 0; i < std::min(request.skus_size(), kQuotedSkusMax); ++i) {
    violations.Check(IsName(request.skus(i)), fmt::format("skus[{}]", i), kNameRule);
    skus.emplace_back(request.skus(i));
  }
  RETURN_IF_ERROR(violations.ToStatus());
  std::sort(skus.begin(), skus.end());
  skus.erase(std::unique(skus.begin(), skus.end()), skus.end());
  return skus;
}

absl::StatusOr<Sku> FromProto(const v1::GetItemRequest& request) {
  FieldViolations violations;
  violations.Check(IsName(request.sku()), "sku", kNameRule);
  RETURN_IF_ERROR(violations.ToStatus());
  return Sku(request.sku());
}

absl::StatusOr<ItemDescription> FromProto(const v1::UpsertItemRequest& request) {
  FieldViolations violations;
  violations.Check(IsName(request.sku()), "sku", kNameRule);
  CheckText(request.name(), kItemNameBytesMax, "name", violations);
  CheckPrice(request.unit_price(), violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return ItemDescription{
      .sku = Sku(request.sku()),
      .name = request.name(),
      .unit_price = {request.unit_price().currency_code(), request.unit_price().amount_minor()}};
}

absl::StatusOr<StockAdjustment> FromProto(const v1::AdjustStockRequest& request) {
  FieldViolations violations;
  violations.Check(IsUuid(request.request_id()), "request_id", "must be a UUID in text form");
  violations.Check(IsName(request.sku()), "sku", kNameRule);
  violations.Check(request.delta() != 0 && request.delta() >= -kAdjustmentMax &&
                       request.delta() <= kAdjustmentMax,
                   "delta",
                   fmt::format("must not be 0, and at most {} pieces up or down", kAdjustmentMax));
  CheckText(request.reason(), kAdjustmentReasonBytesMax, "reason", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return StockAdjustment{.request_id = RequestId(request.request_id()),
                         .sku = Sku(request.sku()),
                         .delta = request.delta(),
                         .reason = request.reason()};
}

absl::StatusOr<ItemPage> FromProto(const v1::ListItemsRequest& request) {
  FieldViolations violations;
  ItemPage page;
  page.size = rpc::PageSize(request.page_size(), violations);
  const std::string after =
      rpc::DecodePageToken(request.page_token(), kListItemsFilter, violations);
  violations.Check(after.empty() || IsName(after), "page_token", "was not issued by this service");
  page.after = Sku(after);
  RETURN_IF_ERROR(violations.ToStatus());
  return page;
}

v1::Item ToProto(const Item& item) {
  v1::Item proto;
  proto.set_sku(item.sku.value());
  proto.set_name(item.name);
  SetMoney(item.unit_price, *proto.mutable_unit_price());
  proto.set_on_hand(item.stock.on_hand);
  proto.set_reserved(item.stock.reserved);
  proto.set_available(item.stock.available());
  *proto.mutable_create_time() = rpc::ToProtoTime(item.create_time);
  *proto.mutable_update_time() = rpc::ToProtoTime(item.update_time);
  return proto;
}

v1::QuoteItemsResponse ToProto(const std::vector<Sku>& asked, const std::vector<Quote>& quotes) {
  v1::QuoteItemsResponse response;
  auto quote = quotes.begin();
  for (const Sku& sku : asked) {
    if (quote == quotes.end() || quote->sku != sku) {
      response.add_unknown_skus(sku.value());
      continue;
    }
    v1::Quote& added = *response.add_quotes();
    added.set_sku(sku.value());
    SetMoney(quote->unit_price, *added.mutable_unit_price());
    added.set_available(quote->available);
    ++quote;
  }
  return response;
}

v1::ListItemsResponse ToProto(const std::vector<Item>& items, const ItemPage& page) {
  v1::ListItemsResponse response;
  for (const Item& item : items) {
    if (response.items_size() == page.size) {
      const std::string& last = response.items(page.size - 1).sku();
      response.set_next_page_token(rpc::EncodePageToken(last, kListItemsFilter));
      break;
    }
    *response.add_items() = ToProto(item);
  }
  return response;
}

}  // namespace orderflow::inventory
