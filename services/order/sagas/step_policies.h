#pragma once

#include "libs/saga/definition.h"

namespace orderflow::order {

// Inventory answers from its own database: a silent reply means a process is down. Together about
// half an hour of trying before the saga asks for a person.
inline saga::RetryPolicy InventoryRetry() {
  using std::chrono::seconds;
  return {.attempts_max = 60,
          .backoff = {.initial = seconds(1), .max = seconds(30)},
          .reply_timeout = seconds(10)};
}

// Payment may have to find out what the provider did, and goes on doing so by itself; asking again
// only reminds it. Together about two hours.
inline saga::RetryPolicy PaymentRetry() {
  using std::chrono::seconds;
  return {.attempts_max = 120,
          .backoff = {.initial = seconds(1), .max = seconds(60)},
          .reply_timeout = seconds(30)};
}

}  // namespace orderflow::order
