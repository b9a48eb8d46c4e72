#pragma once

#include "libs/postgres/rows.h"
#include "libs/postgres/statement.h"
#include "tools/verify/order_facts.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::verify {

// One database's rows about orders: at most one row per order, ascending by order id (bytewise),
// read through a cursor so that memory does not grow with the number of orders.
struct FactSource {
  postgres::Pool* pool;
  postgres::Statement declare;  // DECLARE <cursor> ... ; column 0 is the order id
  postgres::Statement fetch;    // FETCH <page> FROM <cursor>
  void (*apply)(const postgres::Row& row, OrderFacts& facts);
};

}  // namespace orderflow::verify
