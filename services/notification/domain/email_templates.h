#pragma once

#include <string>

#include "services/notification/domain/order_outcome.h"

namespace orderflow::notification {

// Plain text of an e-mail; lines end with "\n".
struct EmailText {
  std::string subject;  // printable ASCII, one line
  std::string body;     // UTF-8
};

// What the customer reads about `outcome`. Pure.
EmailText RenderEmail(const OrderOutcome& outcome);

}  // namespace orderflow::notification
