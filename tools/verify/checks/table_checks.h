#pragma once

#include <string>
#include <vector>

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
  postgres::Pool& provider;
};

// A promise that one database can answer for as a whole. The statement gives one row: how many
// things were checked, how many break the promise, and some of these as text.
struct TableCheck {
  const char* name;
  const char* promise;
  postgres::Pool* pool;
  postgres::Statement statement;
};

inline constexpr char kNotificationsFinal[] = "quiet.notifications_final";

// Stock: adds up per SKU, at any time.
std::vector<TableCheck> StockChecks(const Databases& databases);

// Nothing is under way any more: orders, sagas, outboxes, provider operations, reservations.
std::vector<TableCheck> QuiescenceChecks(const Databases& databases);
// Nor mails, whose sending is rate limited.
TableCheck MailQuiescenceCheck(const Databases& databases);

}  // namespace orderflow::verify
