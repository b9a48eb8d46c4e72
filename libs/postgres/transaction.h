#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/params.h"
#include "libs/postgres/rows.h"
#include "libs/postgres/statement.h"

namespace orderflow::postgres {

class Connection;

// An open transaction (READ COMMITTED) on one connection. Made by RunInTransaction only, which also
// commits or rolls back. After an error every further call fails. Not threadsafe.
class Transaction {
 public:
  explicit Transaction(Connection& connection);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // Runs one statement. Errors as in postgres/errors.h.
  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params = {});

  // Runs `action` after the commit is known to have succeeded, in order of registration; not at all
  // after a rollback or a commit in doubt. `action` must not block or throw.
  void AfterCommit(std::function<void()> action);

 private:
  friend class TransactionRunner;
  bool HasBegun() const;  // a statement has reached the server
  absl::Status Commit();
  void RunAfterCommit();

  struct State;
  std::unique_ptr<State> state_;
  std::vector<std::function<void()>> after_commit_;
};

}  // namespace orderflow::postgres
