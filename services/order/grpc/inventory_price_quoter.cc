#include "services/order/grpc/inventory_price_quoter.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "grpcpp/grpcpp.h"
#include "libs/rpc/call_context.h"
#include "libs/telemetry/log.h"

namespace orderflow::order {
namespace {

constexpr size_t kSkusPerCallMax = 10000;  // InventoryService.QuoteItems takes no more

}  // namespace

InventoryPriceQuoter::InventoryPriceQuoter(const std::shared_ptr<grpc::Channel>& channel,
                                           const Clock& clock, telemetry::Metrics& metrics)
    : stub_(inventory::v1::InventoryService::NewStub(channel)),
      clock_(clock),
      calls_(metrics, rpc::CallSide::kClient),
      quote_items_(calls_.Of("QuoteItems")) {}

absl::StatusOr<Quotes> InventoryPriceQuoter::Quote(std::span<const Sku> skus, Timestamp deadline) {
  Quotes quotes;
  for (size_t start = 0; start < skus.size(); start += kSkusPerCallMax) {
    inventory::v1::QuoteItemsRequest request;
    for (const Sku& sku : skus.subspan(start, std::min(kSkusPerCallMax, skus.size() - start))) {
      request.add_skus(sku.value());
    }
    grpc::ClientContext context;
    rpc::Prepare(context, deadline - clock_.Now(), telemetry::NewTrace());
    inventory::v1::QuoteItemsResponse response;
    const auto start_time = std::chrono::steady_clock::now();
    const grpc::Status status = stub_->QuoteItems(&context, request, &response);
    quote_items_.Record(static_cast<absl::StatusCode>(status.error_code()),
                        std::chrono::steady_clock::now() - start_time);
    if (!status.ok()) {
      // gRPC's text names addresses.
      telemetry::LogWarning(
          "inventory-service quotes no prices",
          {{"code", std::to_string(status.error_code())}, {"error", status.error_message()}});
      return status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED
                 ? absl::DeadlineExceededError(
                       "the deadline passed before inventory quoted the prices; nothing was stored")
                 : PricesUnavailable();
    }
    for (const inventory::v1::Quote& quote : response.quotes()) {
      quotes.emplace(Sku(quote.sku()),
                     Money{quote.unit_price().currency_code(), quote.unit_price().amount_minor()});
    }
  }
  return quotes;
}

}  // namespace orderflow::order
