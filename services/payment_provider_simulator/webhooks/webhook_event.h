#pragma once

#include <string>

#include "services/payment_provider_simulator/domain/books.h"

namespace orderflow::payment_provider_simulator {

// One message to the merchant. The id is the same however often it is sent.
struct WebhookEvent {
  std::string id;
  std::string body;
};

// {"type": "operation.succeeded" or "operation.declined", "timestamp": RFC 3339,
//  "data": {reference, idempotency_key, payment_reference, kind, outcome, decline_code,
//           amount: {currency_code, amount_minor}}}
WebhookEvent EventOf(const Operation& operation);

}  // namespace orderflow::payment_provider_simulator
