#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/order/domain/order_store.h"

namespace orderflow::order {

// A store that does nothing: tests derive from it and define what their code calls.
class OrderStoreStub : public OrderStore {
 public:
  absl::StatusOr<std::map<RequestKey, StoredAnswer>> FindAnswers(
      std::span<const RequestKey>) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::map<RequestKey, StoredAnswer>> Accept(std::span<const Decision>) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::map<OrderId, Order>> Get(std::span<const OrderId>) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::vector<Order>> List(const OrderFilter&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<CancelledOrder> Cancel(const OrderId&, const RequestId&, const std::string&,
                                        const std::string&) override {
    return absl::UnimplementedError("");
  }
};

}  // namespace orderflow::order
