#pragma once

#include <memory>

#include "libs/rpc/call_metrics.h"
#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

// Asks inventory-service for prices, many SKUs per call. Retries are the channel's
// (libs/rpc/channel.h). Threadsafe.
class InventoryPriceQuoter final : public PriceQuoter {
 public:
  InventoryPriceQuoter(const std::shared_ptr<grpc::Channel>& channel, const Clock& clock,
                       telemetry::Metrics& metrics);

  // kUnavailable, whatever the call ended with: nothing was stored, and the client may try again.
  absl::StatusOr<Quotes> Quote(std::span<const Sku> skus, Timestamp deadline) override;

 private:
  std::unique_ptr<inventory::v1::InventoryService::StubInterface> stub_;
  const Clock& clock_;
  rpc::CallMetrics calls_;
  rpc::MethodMetrics& quote_items_;
};

}  // namespace orderflow::order
