#include "tools/loadgen/stock_seed.h"

#include <grpcpp/grpcpp.h>

#include <chrono>

#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"
#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "tools/loadgen/order_mix.h"

namespace orderflow::loadgen {
namespace {

using inventory::v1::InventoryService;
using inventory::v1::Item;

constexpr std::chrono::seconds kCallTimeout(10);
constexpr int64_t kPriceMinor = 1'999;

absl::StatusOr<Item> Upsert(InventoryService::Stub& stub, const std::string& sku) {
  inventory::v1::UpsertItemRequest request;
  request.set_sku(sku);
  request.set_name("Load test item");
  request.mutable_unit_price()->set_currency_code(kCurrency);
  request.mutable_unit_price()->set_amount_minor(kPriceMinor);
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
  Item item;
  RETURN_IF_ERROR(rpc::FromGrpcStatus(stub.UpsertItem(&context, request, &item)));
  return item;
}

absl::Status AddStock(InventoryService::Stub& stub, const std::string& sku, int64_t delta,
                      const std::string& request_id) {
  inventory::v1::AdjustStockRequest request;
  request.set_request_id(request_id);
  request.set_sku(sku);
  request.set_delta(delta);
  request.set_reason("delivery for the load test");
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
  Item item;
  return rpc::FromGrpcStatus(stub.AdjustStock(&context, request, &item));
}

}  // namespace

absl::Status SeedStock(const std::shared_ptr<grpc::Channel>& inventory, int skus, int64_t pieces) {
  const auto stub = InventoryService::NewStub(inventory);
  const SystemClock clock;
  UuidV7Generator ids(clock);
  for (int rank = 0; rank < skus; ++rank) {
    const std::string sku = SkuOf(static_cast<size_t>(rank));
    ASSIGN_OR_RETURN(const Item item, Upsert(*stub, sku));
    if (item.available() < pieces) {
      RETURN_IF_ERROR(AddStock(*stub, sku, pieces - item.available(), ids.NewId()));
    }
  }
  return Upsert(*stub, kSoldOutSku).status();
}

}  // namespace orderflow::loadgen
