#pragma once

#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/postgres/params.h"
#include "libs/postgres/rows.h"
#include "libs/postgres/statement.h"
#include "tools/verify/order_facts.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::verify {

// Which orders are read.
struct FactScope {
  bool whole = true;
  std::vector<std::string> order_ids = {};  // unless whole; may hold what is not a UUID
  // Unless whole: the requests that were answered before are not counted.
  Timestamp requests_since = {};
};

// One database's rows about orders: at most one row per order, ascending by order id (bytewise),
// read through a cursor so that memory does not grow with the number of orders.
struct FactSource {
  postgres::Pool* pool;
  postgres::Statement declare;  // DECLARE <cursor> ... ; column 0 is the order id
  postgres::Statement fetch;    // FETCH <page> FROM <cursor>
  postgres::Params (*params)(const FactScope& scope);
  void (*apply)(const postgres::Row& row, OrderFacts& facts);
};

// $1: whole, $2: the order ids that are UUIDs. A cursor is planned with its parameters' values, so
// `$1 OR order_id = ANY($2::uuid[])` reads either the table or the index.
postgres::Params UuidScope(const FactScope& scope);

}  // namespace orderflow::verify
