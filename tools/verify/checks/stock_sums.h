#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tools/verify/checkpoint.h"
#include "tools/verify/findings.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::verify {

struct StockSum {
  int64_t on_hand = 0;
  int64_t received = 0;
};

// By SKU: as many as there are items.
absl::StatusOr<std::map<std::string, StockSum>> ReadStock(postgres::Transaction& transaction);

// What these orders have taken, by SKU.
absl::StatusOr<Pieces> ReadSoldBy(postgres::Transaction& transaction,
                                  const std::vector<std::string>& order_ids);

// Received pieces are either on hand or sold. Pure.
Finding StockAddsUp(const std::map<std::string, StockSum>& stock, const Pieces& sold);

}  // namespace orderflow::verify
