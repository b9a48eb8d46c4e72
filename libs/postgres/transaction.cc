#include "libs/postgres/transaction.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/postgres/connection.h"

namespace orderflow::postgres {

struct Transaction::State {
  Connection& connection;
  bool open = false;     // BEGIN sent, neither committed nor rolled back
  absl::Status failure;  // the first one
};

Transaction::Transaction(Connection& connection)
    : state_(std::make_unique<State>(State{connection, false, {}})) {}

Transaction::~Transaction() {
  if (state_->open && state_->connection.usable()) {
    // A failure makes the connection unusable, and the server rolls back when it is closed.
    state_->connection.Run("ROLLBACK", "ROLLBACK").IgnoreError();
  }
}

absl::StatusOr<Rows> Transaction::Execute(const Statement& statement, const Params& params) {
  RETURN_IF_ERROR(state_->failure);
  if (!state_->open) {
    // BEGIN waits for the first statement: a body that needs no database costs no round trip.
    state_->failure = state_->connection.Run("BEGIN", "BEGIN");
    RETURN_IF_ERROR(state_->failure);
    state_->open = true;
  }
  absl::StatusOr<Rows> rows = state_->connection.Execute(statement, params);
  state_->failure = rows.status();
  return rows;
}

void Transaction::AfterCommit(std::function<void()> action) {
  after_commit_.push_back(std::move(action));
}

bool Transaction::HasBegun() const { return state_->open; }

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(
      state_->failure);  // a body that swallowed an error must not seem to have succeeded
  if (!state_->open) {
    return absl::OkStatus();
  }
  state_->failure = state_->connection.Commit();
  // A refused COMMIT has ended the transaction too.
  state_->open = false;
  return state_->failure;
}

void Transaction::RunAfterCommit() {
  for (const auto& action : std::exchange(after_commit_, {})) {
    action();
  }
}

}  // namespace orderflow::postgres
