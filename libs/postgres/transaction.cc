#include "libs/postgres/transaction.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/connection.h"

namespace orderflow::postgres {

struct Transaction::State {
  absl::Status Open();

  Connection& connection;
  const TransactionMode mode;
  const int attempt;
  bool open = false;     // BEGIN queued, neither committed nor rolled back
  absl::Status failure;  // the first one
};

// BEGIN waits for the first statement: a body that needs no database costs nothing.
absl::Status Transaction::State::Open() {
  RETURN_IF_ERROR(failure);
  if (!open) {
    open = true;
    failure = mode == TransactionMode::kReadOnly ? connection.BeginReadOnly() : connection.Begin();
  }
  return failure;
}

Transaction::Transaction(Connection& connection, TransactionMode mode, int attempt)
    : state_(std::make_unique<State>(State{connection, mode, attempt, false, {}})) {}

Transaction::~Transaction() {
  if (state_->open && state_->connection.usable()) {
    // A failure makes the connection unusable, and the server rolls back when it is closed.
    state_->connection.Rollback();
  }
}

int Transaction::attempt() const { return state_->attempt; }

absl::StatusOr<Rows> Transaction::Execute(const Statement& statement, const Params& params) {
  RETURN_IF_ERROR(state_->Open());
  absl::StatusOr<Rows> rows = state_->connection.Execute(statement, params);
  state_->failure = rows.status();
  return rows;
}

absl::Status Transaction::Queue(const Statement& statement, const Params& params, RowsCheck check) {
  RETURN_IF_ERROR(state_->Open());
  state_->failure = state_->connection.Queue(statement, params, std::move(check));
  return state_->failure;
}

absl::Status Transaction::QueueExactly(const Statement& statement, const Params& params,
                                       size_t rows, absl::Status otherwise) {
  RETURN_IF_ERROR(state_->Open());
  if (otherwise.ok()) {
    otherwise = absl::AbortedError(
        fmt::format("statement {} did not touch exactly {} rows, some have changed meanwhile: run "
                    "the whole transaction again",
                    statement.name, rows));
  }
  state_->failure = state_->connection.QueueExactly(statement, params, rows, std::move(otherwise));
  return state_->failure;
}

void Transaction::AfterCommit(std::function<void()> action) {
  if (IsPlanted(PlantedBug::kHandOverBeforeCommit)) {
    action();
    return;
  }
  after_commit_.push_back(std::move(action));
}

absl::Status Transaction::Commit() {
  RETURN_IF_ERROR(
      state_->failure);  // a body that swallowed an error must not seem to have succeeded
  if (!state_->open) {
    return absl::OkStatus();
  }
  state_->failure = state_->connection.Commit();
  return state_->failure;
}

void Transaction::RunAfterCommit() {
  for (const auto& action : std::exchange(after_commit_, {})) {
    action();
  }
}

}  // namespace orderflow::postgres
