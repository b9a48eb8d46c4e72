#include "services/order/grpc/inventory_price_quoter.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "grpcpp/grpcpp.h"
#include "libs/rpc/call_context.h"

namespace orderflow::order {
namespace {

constexpr size_t kSkusPerCallMax = 10000;  // InventoryService.QuoteItems takes no more

}  // namespace

InventoryPriceQuoter::InventoryPriceQuoter(const std::shared_ptr<grpc::Channel>& channel,
                                           const Clock& clock)
    : stub_(inventory::v1::InventoryService::NewStub(channel)), clock_(clock) {}

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
    if (const grpc::Status status = stub_->QuoteItems(&context, request, &response); !status.ok()) {
      return absl::UnavailableError(
          fmt::format("prices could not be quoted by inventory ({}); nothing was stored, "
                      "try again with the same request_id",
                      status.error_message()));
    }
    for (const inventory::v1::Quote& quote : response.quotes()) {
      quotes.emplace(Sku(quote.sku()),
                     Money{quote.unit_price().currency_code(), quote.unit_price().amount_minor()});
    }
  }
  return quotes;
}

}  // namespace orderflow::order
