#include "services/inventory/domain/item.h"

#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/errors.h"

namespace orderflow::inventory {

std::string BodyHash(const StockAdjustment& adjustment) {
  return Sha256Hex(
      fmt::format("{}\n{}\n{}", adjustment.sku.value(), adjustment.delta, adjustment.reason));
}

absl::Status CheckAdjustment(const Stock& stock, const StockAdjustment& adjustment) {
  if (stock.available() + adjustment.delta < 0) {
    return TypedError(absl::StatusCode::kFailedPrecondition,
                      fmt::format("cannot take {} pieces of {}: only {} are available ({} on hand, "
                                  "{} reserved); take fewer, or wait until orders release some",
                                  -adjustment.delta, adjustment.sku.value(), stock.available(),
                                  stock.on_hand, stock.reserved),
                      "INSUFFICIENT_STOCK", {{"sku", adjustment.sku.value()}});
  }
  if (stock.on_hand + adjustment.delta > kOnHandMax) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("cannot add {} pieces of {}: {} are on hand and at most {} may be",
                    adjustment.delta, adjustment.sku.value(), stock.on_hand, kOnHandMax),
        "STOCK_LIMIT", {{"sku", adjustment.sku.value()}});
  }
  return absl::OkStatus();
}

absl::Status UnknownItem(const Sku& sku) {
  return TypedError(absl::StatusCode::kNotFound,
                    fmt::format("no item has SKU {}; create it with UpsertItem", sku.value()),
                    "ITEM_NOT_FOUND", {{"sku", sku.value()}});
}

absl::Status RequestIdReused(const RequestId& request_id) {
  return TypedError(
      absl::StatusCode::kAlreadyExists,
      fmt::format("request_id {} was used before with another body; choose a new request_id",
                  request_id.value()),
      "REQUEST_ID_REUSED", {{"request_id", request_id.value()}});
}

}  // namespace orderflow::inventory
