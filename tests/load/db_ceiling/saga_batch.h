#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "libs/base/uuid.h"
#include "tools/loadgen/zipf.h"

namespace orderflow::db_ceiling {

// One batch of orders, as the columns that the statements bind. Element i belongs to order i.
struct SagaBatch {
  std::vector<std::string> order_ids, saga_ids, request_ids, customer_ids, emails, body_hashes;
  std::vector<std::string> lines_json, history_json, history_confirmed_json, steps_json;
  std::vector<std::string> skus, quantities;  // comma separated, per order
  std::vector<int64_t> totals;
  std::vector<std::string> capture_keys, authorize_keys, notification_ids;
  std::vector<std::string> payloads;  // of one message each
  std::string traceparent;

  // Pieces per SKU over the whole batch, sorted by SKU.
  std::vector<std::string> batch_skus;
  std::vector<int64_t> batch_pieces;
  std::vector<int64_t> batch_pieces_negative;

  size_t size() const { return order_ids.size(); }
};

inline constexpr int kSkus = 1000;

std::string SkuName(size_t rank);

// Makes batches of orders like those of loadgen: 1 to 3 lines over 1,000 SKUs, Zipf. Not
// threadsafe.
class SagaBatchMaker {
 public:
  SagaBatchMaker(IdGenerator& ids, uint64_t seed) : ids_(ids), zipf_(kSkus, 1.0), random_(seed) {}
  SagaBatch Make(size_t orders);

 private:
  void AddOrder(SagaBatch& batch);

  IdGenerator& ids_;
  const loadgen::Zipf zipf_;
  std::mt19937_64 random_;
};

}  // namespace orderflow::db_ceiling
