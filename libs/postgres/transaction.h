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

enum class TransactionMode { kReadWrite, kReadOnly };

// An open transaction (READ COMMITTED) on one connection. Made by the pool only, which also commits
// or rolls back. After an error every further call fails. Not threadsafe.
class Transaction {
 public:
  Transaction(Connection& connection, TransactionMode mode, int attempt);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // 1 at first, more when the body runs again after kAborted: then somebody else was quicker, and a
  // body that had relied on nobody coming in between may lock first.
  int attempt() const;

  // Runs one statement and waits for its result. Errors as in postgres/errors.h.
  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params = {});

  // Queues a statement whose result nobody waits for: it travels with the next Execute, or with the
  // commit, and saves its round trip. Statements run in the order of the calls. What goes wrong
  // with it is the error of the call that carries it; a `check` is always done before the commit.
  absl::Status Queue(const Statement& statement, const Params& params, RowsCheck check = nullptr);

  // Queues a statement (INSERT, UPDATE or DELETE without RETURNING) that must touch exactly `rows`
  // rows; the server itself counts them, so the COMMIT may travel with it. With another count the
  // transaction fails with `otherwise`. The default is kAborted: somebody else was here since the
  // rows were read, so the whole transaction runs again.
  absl::Status QueueExactly(const Statement& statement, const Params& params, size_t rows,
                            absl::Status otherwise = absl::OkStatus());

  // Runs `action` after the commit is known to have succeeded, in order of registration; not at all
  // after a rollback or a commit in doubt. `action` must not block or throw.
  void AfterCommit(std::function<void()> action);

 private:
  friend class TransactionRunner;
  absl::Status Commit();
  void RunAfterCommit();

  struct State;
  std::unique_ptr<State> state_;
  std::vector<std::function<void()>> after_commit_;
};

}  // namespace orderflow::postgres
