#include "tests/load/db_ceiling/saga_batch.h"

#include <map>
#include <set>

#include "fmt/format.h"

namespace orderflow::db_ceiling {
namespace {

constexpr size_t kPayloadBytes = 220;  // a typical command or reply
constexpr int64_t kPriceMinor = 1'999;
constexpr char kStepFormat[] = R"({{"name":"{}","state":"DONE","attempts":1}})";

std::string StepsJson() {
  return fmt::format("[{},{},{},{}]", fmt::format(kStepFormat, "reserve_stock"),
                     fmt::format(kStepFormat, "authorize_payment"),
                     fmt::format(kStepFormat, "capture_payment"),
                     fmt::format(kStepFormat, "commit_reservation"));
}

std::string ChangeJson(int sequence, const char* state) {
  return fmt::format(R"({{"sequence":{},"state":"{}","time":"2026-01-01 00:00:00.000000+00"}})",
                     sequence, state);
}

}  // namespace

std::string SkuName(size_t rank) { return fmt::format("LOAD-{:05}", rank); }

SagaBatch SagaBatchMaker::Make(size_t orders) {
  SagaBatch batch;
  batch.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  std::map<std::string, int64_t> pieces;
  for (size_t i = 0; i < orders; ++i) {
    AddOrder(batch);
  }
  for (const std::string& skus : batch.skus) {
    for (size_t start = 0; start < skus.size();) {
      const size_t end = std::min(skus.find(',', start), skus.size());
      ++pieces[skus.substr(start, end - start)];
      start = end + 1;
    }
  }
  for (const auto& [sku, count] : pieces) {
    batch.batch_skus.push_back(sku);
    batch.batch_pieces.push_back(count);
    batch.batch_pieces_negative.push_back(-count);
  }
  return batch;
}

void SagaBatchMaker::AddOrder(SagaBatch& batch) {
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  std::set<size_t> ranks;
  const int lines = 1 + static_cast<int>(uniform(random_) * 3);
  for (int line = 0; line < lines; ++line) {
    ranks.insert(zipf_.Rank(uniform(random_)));
  }
  std::string skus, quantities, json;
  for (const size_t rank : ranks) {
    const char* separator = skus.empty() ? "" : ",";
    skus += separator + SkuName(rank);
    quantities += fmt::format("{}1", separator);
    json += fmt::format(R"({}{{"sku":"{}","quantity":1,"unit_price_minor":{}}})", separator,
                        SkuName(rank), kPriceMinor);
  }
  const std::string order_id = ids_.NewId();
  batch.order_ids.push_back(order_id);
  batch.saga_ids.push_back(ids_.NewId());
  batch.request_ids.push_back(ids_.NewId());
  batch.notification_ids.push_back(ids_.NewId());
  batch.customer_ids.push_back(fmt::format("load-{}", static_cast<int>(uniform(random_) * 10'000)));
  batch.emails.push_back(fmt::format("{}@example.com", batch.customer_ids.back()));
  batch.body_hashes.push_back(std::string(64, 'a'));
  batch.lines_json.push_back("[" + json + "]");
  batch.history_json.push_back("[" + ChangeJson(1, "PENDING") + "]");
  batch.history_confirmed_json.push_back("[" + ChangeJson(1, "PENDING") + "," +
                                         ChangeJson(2, "CONFIRMED") + "]");
  batch.steps_json.push_back(StepsJson());
  batch.skus.push_back(skus);
  batch.quantities.push_back(quantities);
  batch.totals.push_back(kPriceMinor * static_cast<int64_t>(ranks.size()));
  batch.authorize_keys.push_back(order_id + ":AUTHORIZE");
  batch.capture_keys.push_back(order_id + ":CAPTURE");
  batch.payloads.push_back(std::string(kPayloadBytes, 'p'));
}

}  // namespace orderflow::db_ceiling
