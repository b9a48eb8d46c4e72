#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/postgres/params.h"
#include "libs/postgres/statement.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::verify {

// The databases of a deployment.
struct Databases {
  postgres::Pool& orders;
  postgres::Pool& payments;
  postgres::Pool& inventory;
  postgres::Pool& notifications;
  postgres::Pool* provider;  // null: the provider's books are not at hand
};

// A promise that one database can answer for as a whole. The statement gives one row: how many
// things were checked, how many break the promise, and some of these as text.
struct TableCheck {
  const char* name;
  const char* promise;
  postgres::Pool* pool;
  postgres::Statement statement;
  postgres::Params params = {};
  bool advisory = false;  // breaks no promise, waits for a person
};

// How late something may be on a system in operation.
struct Bounds {
  std::chrono::seconds outbox{60};       // a message waits for the broker
  std::chrono::seconds past_due{60};     // something acts by itself: saga, provider operation, ...
  std::chrono::seconds order{3 * 3600};  // an order is under way and waits for nobody
  std::chrono::seconds notification{900};  // an outcome is not announced, a mail not sent
};

inline constexpr char kStockAddsUp[] = "stock.received_is_on_hand_or_sold";
inline constexpr char kStockAddsUpPromise[] = "per SKU: on hand + sold = received";
inline constexpr char kNotificationsFinal[] = "quiet.notifications_final";

// Stock adds up per SKU, at any time. The first reads every reservation, the second open ones only.
TableCheck OnHandCheck(const Databases& databases);
TableCheck ReservedCheck(const Databases& databases);

// Every request that was accepted since then has its order.
TableCheck AnsweredCheck(const Databases& databases, Timestamp since);

// Nothing is late, and what is parked. Each reads a queue or a partial index.
std::vector<TableCheck> TimelinessChecks(const Databases& databases, const Bounds& bounds);

// Nothing is under way any more: orders, sagas, outboxes, provider operations, reservations.
std::vector<TableCheck> QuiescenceChecks(const Databases& databases);
// Nor mails, whose sending is rate limited.
TableCheck MailQuiescenceCheck(const Databases& databases);

}  // namespace orderflow::verify
