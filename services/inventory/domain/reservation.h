#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/strong_id.h"

namespace orderflow::inventory {

// Pieces of one SKU.
struct StockLine {
  Sku sku;
  int32_t quantity = 0;

  bool operator==(const StockLine&) const = default;
};

// Why a command was refused (common.v1.Refusal).
enum class RefusalReason { kNotPossible, kOutOfStock, kUnknownSku, kAlreadyCompensated };

struct Refusal {
  RefusalReason reason = RefusalReason::kNotPossible;
  std::string message;    // one sentence for a person
  std::vector<Sku> skus;  // sorted; for kOutOfStock and kUnknownSku

  bool operator==(const Refusal&) const = default;
};

// RESERVED -> RELEASED | COMMITTED | EXPIRED; COMMITTED -> RESTOCKED; EXPIRED -> RELEASED |
// COMMITTED; REFUSED, RELEASED and RESTOCKED are final.
enum class ReservationState { kReserved, kRefused, kReleased, kCommitted, kRestocked, kExpired };

// "RESERVED" and so on, as stored. Parse returns nothing for other text.
std::string_view ToString(ReservationState state);
std::optional<ReservationState> ParseReservationState(std::string_view text);

// What inventory holds for one order.
struct Reservation {
  OrderId order_id;
  SagaId saga_id;  // the saga that asked first
  ReservationState state = ReservationState::kReserved;
  std::vector<StockLine> lines;  // by SKU, each once; empty: a tombstone
  // For kRefused: what was short, or unknown.
  RefusalReason refusal_reason = RefusalReason::kNotPossible;
  std::vector<Sku> refusal_skus;
  int64_t version = 0;  // of the stored row; 0: not stored yet
};

}  // namespace orderflow::inventory
