#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>

#include "tools/verify/change_window.h"
#include "tools/verify/order_facts.h"

namespace orderflow::verify {

using Pieces = std::map<std::string, int64_t>;  // by SKU

// What a run leaves to the next one, so that it need not read what has been settled. Its size goes
// with the orders that are not settled, those of the last minutes, and the SKUs.
struct Checkpoint {
  struct Recent {
    std::string newest_id;  // the order's or its saga's, whichever is greater
    bool counted = false;   // its pieces are in `sold`
  };

  std::map<std::string, Position> positions;  // by database
  std::set<std::string> unsettled;            // under way, or a promise is not kept (yet)
  // Settled so lately that the next run may come across what has already been looked at.
  std::unordered_map<std::string, Recent> recent;
  Pieces sold;  // by settled orders: what CONFIRMED ones have taken
};

// Makes the next checkpoint of one, order by order. Not threadsafe.
class CheckpointUpdate {
 public:
  // `before` without positions: nothing has been looked at yet.
  CheckpointUpdate(Checkpoint before, std::map<std::string, Position> positions,
                   bool has_books = true);

  // Takes the order out of what was settled before, and in again when it is settled now. Call it
  // at most once for each order.
  void Look(const OrderFacts& facts);

  // What orders that were not looked at have sold.
  const Pieces& sold_by_others() const { return before_.sold; }

  // An order that was not settled and was not met is forgotten: nothing is left of it anywhere.
  Checkpoint Finish() &&;

 private:
  bool WasCounted(const OrderFacts& facts) const;

  Checkpoint before_;  // `sold` loses what is looked at
  Checkpoint next_;    // `sold` only has what is looked at
  std::string first_id_before_, first_id_next_;
  const bool has_books_;  // RuleContext
};

// Of an order's lines "SKU=QUANTITY,...". Pure.
Pieces PiecesOf(const std::string& lines);

}  // namespace orderflow::verify
