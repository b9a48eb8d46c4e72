#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/postgres/transaction.h"

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::postgres {

struct PoolOptions {
  std::string url;               // postgresql://user:password@host:port/database
  std::string application_name;  // shown in pg_stat_activity
  int size_max = 4;              // connections
  Duration acquire_timeout{std::chrono::seconds(2)};
  Duration statement_timeout{std::chrono::seconds(5)};
  Duration lock_timeout{std::chrono::seconds(1)};
  int attempts_max = 5;  // of one transaction, for kAborted only
  // Statements go by index, however small a table is when they are prepared; true: the planner
  // chooses by the values at hand, and a transaction may wait as long as a statement may take.
  bool reads_whole_tables = false;
  telemetry::Metrics* metrics = nullptr;  // where the pool is measured; null: nowhere
};

// A bounded pool of connections to one database. Threadsafe.
//
// Connections are opened lazily, never reconnect silently, and are dropped after any
// error that leaves their state unknown. A client-side watchdog closes the socket of a connection
// whose server has stopped answering (1.5 x statement_timeout for all that travels in one call), so
// no call hangs.
class Pool {
 public:
  explicit Pool(PoolOptions options);
  ~Pool();

  // Runs `body` in a transaction and commits when it returns OK, else rolls back and returns its
  // error. Retries the whole of it, with backoff, only for kAborted (serialization failure,
  // deadlock, lock timeout); this is the one layer that retries transactions. `body` can thus run
  // more than once and must have no effect outside the transaction (use Transaction::AfterCommit).
  //
  // kUnavailable: no connection within acquire_timeout, or the server is gone; nothing committed.
  // kUnknown: the connection broke during COMMIT; the caller finds out by reading its key.
  absl::Status RunInTransaction(const std::function<absl::Status(Transaction&)>& body);

  // The same for a body that only reads; the server refuses anything else. Never kUnknown: nothing
  // can be in doubt.
  absl::Status RunReadOnly(const std::function<absl::Status(Transaction&)>& body);

  // OK when a connection works. For readiness.
  absl::Status Ping();

  int in_use() const;

 private:
  friend class TransactionRunner;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::postgres
