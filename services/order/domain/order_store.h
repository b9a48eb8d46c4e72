#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/order/domain/create_order.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// The first answer to a CreateOrder request, as stored under its key: an order as it was accepted,
// or the refusal (kInvalidArgument with its violations).
struct StoredAnswer {
  std::string body_hash;
  absl::StatusOr<Order> answer;
};

// What was decided about a request that has no stored answer yet.
struct Decision {
  RequestKey key;
  std::string body_hash;
  std::string traceparent;
  absl::StatusOr<Order> answer;
};

// An order whose cancel was accepted.
struct CancelledOrder {
  Order order;
  std::string traceparent{};  // of its saga before the cancel: the trace of the order
};

struct OrderFilter {
  CustomerId customer_id;           // empty: any
  std::optional<OrderState> state;  // nothing: any
  OrderId before;                   // only orders older than this one; empty: from the newest
  int limit = 0;
};

// Where orders are kept (port). All methods are threadsafe. Errors: kUnavailable (nothing stored),
// kUnknown (a commit is in doubt: Accept again, or FindAnswers, tells what was stored).
class OrderStore {
 public:
  virtual ~OrderStore() = default;

  // The stored answers of those keys that have one. Accept finds them too.
  virtual absl::StatusOr<std::map<RequestKey, StoredAnswer>> FindAnswers(
      std::span<const RequestKey> keys) = 0;

  // Stores every decision in one transaction: the idempotency record and, for an accepted order,
  // the order, its saga and the first messages. Keys must differ. A key that has an answer
  // already is left alone, and that answer is returned for it.
  virtual absl::StatusOr<std::map<RequestKey, StoredAnswer>> Accept(
      std::span<const Decision> decisions) = 0;

  // Those orders that exist, as committed.
  virtual absl::StatusOr<std::map<OrderId, Order>> Get(std::span<const OrderId> order_ids) = 0;

  // Newest first.
  virtual absl::StatusOr<std::vector<Order>> List(const OrderFilter& filter) = 0;

  // Accepts a cancel and returns the order; what follows from it stays in the order's trace, as
  // caused by the span of `traceparent`. Idempotent by request id. kNotFound, or
  // kFailedPrecondition with the state when the order can no longer be cancelled.
  virtual absl::StatusOr<CancelledOrder> Cancel(const OrderId& order_id,
                                                const RequestId& request_id,
                                                const std::string& reason,
                                                const std::string& traceparent) = 0;
};

// The error for an order that does not exist.
absl::Status OrderNotFound(const OrderId& order_id);

// kUnavailable, to be sent again: inventory quotes no prices.
absl::Status PricesUnavailable();

// Where prices come from (port).
class PriceQuoter {
 public:
  virtual ~PriceQuoter() = default;
  // Prices of those SKUs that exist. kDeadlineExceeded when they did not come in time,
  // PricesUnavailable when they cannot be had at all.
  virtual absl::StatusOr<Quotes> Quote(std::span<const Sku> skus, Timestamp deadline) = 0;
};

}  // namespace orderflow::order
