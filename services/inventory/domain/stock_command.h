#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/inventory/domain/reservation.h"

namespace orderflow::inventory {

enum class StockCommandKind { kReserve, kRelease, kCommit, kRestock };

// What a saga asks for its order.
struct StockCommand {
  StockCommandKind kind = StockCommandKind::kReserve;
  OrderId order_id;
  SagaId saga_id;
  std::vector<StockLine> lines;  // for kReserve; by SKU, each once, at least one
};

enum class Outcome {
  kDone,     // carried out, now or before
  kRefused,  // for a business reason; nothing was done
  kFailed,   // not possible yet; the same command may succeed later
};

// The answer to a command.
struct Answer {
  Outcome outcome = Outcome::kDone;
  Refusal refusal;    // for kRefused
  std::string error;  // for kFailed

  bool operator==(const Answer&) const = default;
};

// "reserve", "done" and so on, for metrics and logs.
std::string_view ToString(StockCommandKind kind);
std::string_view ToString(Outcome outcome);

}  // namespace orderflow::inventory
