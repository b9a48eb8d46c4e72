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
//
// Statements travel in libpq's pipeline mode: what is queued goes to the server together with the
// next Execute or Commit and costs no round trip of its own.
// https://www.postgresql.org/docs/15/libpq-pipeline-mode.html
class Connection {
 public:
  // `connection_string` from CompleteConnectionString. kUnavailable: refused, or not answered in
  // time.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& connection_string,
                                                          Watchdog& watchdog);
  ~Connection();

  // Queues BEGIN.
  absl::Status Begin();
  // The server then refuses to write.
  absl::Status BeginReadOnly();

  // Queues a statement. Its error, or that of `check`, is returned by the call that sends it.
  absl::Status Queue(const Statement& statement, const Params& params, RowsCheck check = nullptr);

  // Queues a statement whose row count the server compares with `rows`: with another one it fails,
  // so that what comes after it is skipped, and its error is `otherwise`.
  absl::Status QueueExactly(const Statement& statement, const Params& params, size_t rows,
                            absl::Status otherwise);

  // Sends what is queued and this statement, preparing each at its first use. Returns the first
  // error of them all; the server skips what comes after it.
  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params);

  // Sends what is queued and COMMIT; statements with a check are answered before COMMIT is sent.
  // kUnknown when the connection was lost on the way: committed or not.
  absl::Status Commit();

  // Ends an open transaction, if there is one. A session that cannot is unusable.
  void Rollback();

  // Runs SQL without parameters and results, outside the pipeline: the text of a migration.
  absl::Status Run(const std::string& sql, const std::string& tried);

  // False after any error that leaves the session's state unknown: close it.
  bool usable() const;

  // True once the server has answered to something since Begin.
  bool has_answered() const;

  // False when the server has hung up or has something to say unasked, as it does before it does.
  bool IsQuiet() const;

 private:
  struct State;
  explicit Connection(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace orderflow::postgres
