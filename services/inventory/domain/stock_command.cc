#include "services/inventory/domain/stock_command.h"

namespace orderflow::inventory {

std::string_view ToString(StockCommandKind kind) {
  switch (kind) {
    case StockCommandKind::kReserve:
      return "reserve";
    case StockCommandKind::kRelease:
      return "release";
    case StockCommandKind::kCommit:
      return "commit";
    case StockCommandKind::kRestock:
      return "restock";
  }
  return "";
}

std::string_view ToString(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kFailed:
      return "failed";
  }
  return "";
}

}  // namespace orderflow::inventory
