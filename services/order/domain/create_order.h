#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/money.h"
#include "libs/base/strong_id.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// What identifies one CreateOrder request: the customer and the id they chose.
struct RequestKey {
  CustomerId customer_id;
  RequestId request_id;

  auto operator<=>(const RequestKey&) const = default;
};

// A validated CreateOrder request, before prices are known.
struct CreateOrder {
  RequestKey key;
  std::vector<OrderLine> lines;  // unit prices not set
  std::string payment_method_token;
  std::string email;
  std::string currency_code;
  std::string body_hash;    // SHA-256 over all of the above, to recognise another body
  std::string traceparent;  // the caller's trace
  Timestamp deadline;       // nobody waits for the answer after it
};

// The canonical digest of everything that a client says in a request.
std::string BodyHash(const CreateOrder& request);

// Quoted unit prices by SKU; a SKU that is absent is unknown to inventory.
using Quotes = std::map<Sku, Money>;

// The order that the request becomes at these prices. kInvalidArgument with a violation per line
// whose SKU is unknown or priced in another currency, and when the total is too large.
absl::StatusOr<Order> PriceOrder(const CreateOrder& request, const Quotes& quotes, OrderId order_id,
                                 Timestamp now);

// The error for a request id that was used before with another body.
absl::Status RequestIdReused(const RequestKey& key);

}  // namespace orderflow::order
