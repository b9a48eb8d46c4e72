#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/money.h"
#include "libs/base/strong_id.h"

namespace orderflow::inventory {

// The pieces of one SKU; on_hand = available + reserved at all times.
struct Stock {
  int64_t on_hand = 0;   // in the warehouse, reserved ones included
  int64_t reserved = 0;  // promised to orders under way

  int64_t available() const { return on_hand - reserved; }
  bool operator==(const Stock&) const = default;
};

// One item of the catalogue.
struct Item {
  Sku sku;
  std::string name;
  Money unit_price;
  Stock stock;
  Timestamp create_time;
  Timestamp update_time;
};

// What people may change of an item; its stock changes by adjustments and sales only.
struct ItemDescription {
  Sku sku;
  std::string name;
  Money unit_price;
};

// Price and availability of one SKU, as of now.
struct Quote {
  Sku sku;
  Money unit_price;
  int64_t available = 0;
};

// Pieces that came into the warehouse (positive) or left it other than by a sale (negative).
struct StockAdjustment {
  RequestId request_id;
  Sku sku;
  int64_t delta = 0;
  std::string reason;
};

inline constexpr int64_t kAdjustmentMax = 1'000'000'000;  // pieces per adjustment
inline constexpr int64_t kOnHandMax =
    1'000'000'000'000;  // pieces per SKU: sums stay far below 2^63
inline constexpr size_t kItemNameBytesMax = 200;
inline constexpr size_t kAdjustmentReasonBytesMax = 200;

// The canonical digest of an adjustment, to recognise another body under the same request id.
std::string BodyHash(const StockAdjustment& adjustment);

// Whether stock allows the adjustment. kFailedPrecondition: it would take pieces that are reserved
// or not there, or go beyond kOnHandMax.
absl::Status CheckAdjustment(const Stock& stock, const StockAdjustment& adjustment);

// kNotFound naming the SKU.
absl::Status UnknownItem(const Sku& sku);

// kAlreadyExists: the request id was used before with another body.
absl::Status RequestIdReused(const RequestId& request_id);

}  // namespace orderflow::inventory
