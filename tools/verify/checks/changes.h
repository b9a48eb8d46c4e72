#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/statement.h"
#include "tools/verify/change_window.h"
#include "tools/verify/checks/table_checks.h"

namespace orderflow::postgres {
class Pool;
class Transaction;
}  // namespace orderflow::postgres

namespace orderflow::verify {

// Which orders a database has something new about: ids of new rows are version 7 and grow with
// time, so the primary keys give the rows of the last minutes, and the snapshot of the run before
// tells which of these it had seen. No index is made for it.
struct ChangeFeed {
  std::string database;
  postgres::Pool* pool;
  postgres::Statement statement;  // $1: first id, $2: snapshot of the run before, $3: rows at most
};

std::vector<ChangeFeed> ChangeFeeds(const Databases& databases);

// Time, and who writes. Before any snapshot is taken.
absl::StatusOr<Position> ReadRunning(postgres::Pool& pool);

// Everything that `transaction` reads from now on is of one snapshot; it is stored in `position`.
absl::Status FixSnapshot(postgres::Transaction& transaction, Position& position);

// Adds what the feed gives since `before`. kResourceExhausted: more than `orders_max`.
absl::Status ReadChanges(postgres::Transaction& transaction, const ChangeFeed& feed,
                         const Position& before, size_t orders_max, std::set<std::string>& orders);

}  // namespace orderflow::verify
