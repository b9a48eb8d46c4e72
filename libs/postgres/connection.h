#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/postgres/params.h"
#include "libs/postgres/rows.h"
#include "libs/postgres/statement.h"

namespace orderflow::postgres {

class Watchdog;

// One session with the server; internal to libs/postgres. It never reconnects: once lost it is
// unusable for good, so whoever held locks or a transaction through it learns of the loss. Every
// call is bounded by the watchdog. Not threadsafe.
class Connection {
 public:
  // `connection_string` from CompleteConnectionString. kUnavailable: refused, or not answered in
  // time.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& connection_string,
                                                          Watchdog& watchdog);
  ~Connection();

  // Runs a statement, preparing it at its first use.
  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params);

  // Runs SQL without parameters and results: BEGIN, ROLLBACK, the text of a migration.
  absl::Status Run(const std::string& sql, const std::string& tried);

  // kUnknown when the connection was lost on the way: committed or not.
  absl::Status Commit();

  // False after any error that leaves the session's state unknown: close it.
  bool usable() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);
  absl::Status Fail(absl::Status status);

  std::unique_ptr<State> state_;
};

}  // namespace orderflow::postgres
