// Proves how the pool behaves when the server or the way to it fails, with real failures: backends
// terminated and frozen by signal, connections cut around COMMIT by a proxy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

#include "fmt/format.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::postgres {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using orderflow::testing::TcpProxy;

constexpr Statement kInsert{"test_insert", "INSERT INTO t (id) VALUES ($1)"};
constexpr Statement kBackendPid{"test_backend_pid", "SELECT pg_backend_pid()"};
constexpr Statement kSleep{"test_sleep", "SELECT pg_sleep(10)"};

class PoolFailure : public ::testing::Test {
 protected:
  PoolFailure() : database_({}) {
    database_.Run("CREATE TABLE t (id bigint PRIMARY KEY)");
    database_.Run("GRANT SELECT, INSERT ON t TO test_runtime");
  }

  static absl::Status Insert(Pool& pool, int64_t id) {
    return pool.RunInTransaction([id](Transaction& transaction) {
      return transaction.Execute(kInsert, Params().Int(id)).status();
    });
  }

  // The process id of the one pooled connection's backend.
  static int BackendPid(Pool& pool) {
    int64_t pid = 0;
    EXPECT_THAT(pool.RunInTransaction([&pid](Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kBackendPid));
      pid = rows[0].Int(0);
      return absl::OkStatus();
    }),
                IsOk());
    return static_cast<int>(pid);
  }

  void Terminate(int pid) {
    database_.QueryText(fmt::format("SELECT pg_terminate_backend({}, 5000)", pid));
  }

  int64_t RowCount() { return database_.QueryInt("SELECT count(*) FROM t"); }

  orderflow::testing::TemporaryDatabase database_;
};

TEST_F(PoolFailure, RefusedConnectionIsUnavailable) {
  telemetry::Metrics metrics;
  postgres::PoolOptions options = database_.PoolOptionsAtPort(1);
  options.metrics = &metrics;
  Pool pool(options);

  EXPECT_THAT(pool.Ping(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(pool.in_use(), 0);
  EXPECT_THAT(metrics.Expose(),
              ::testing::HasSubstr("orderflow_database_connect_failures_total 1\n"));
  EXPECT_THAT(metrics.Expose(),
              ::testing::HasSubstr("orderflow_database_pool_used_connections 0\n"));
}

TEST_F(PoolFailure, WrongPasswordIsUnavailableWithTheReason) {
  postgres::PoolOptions options = database_.PoolOptions();
  options.url =
      "postgresql://test_runtime:wrong@127.0.0.1:" + std::to_string(database_.server_port()) + "/" +
      database_.name();
  Pool pool(options);

  EXPECT_THAT(pool.Ping(), StatusIs(absl::StatusCode::kUnavailable,
                                    ::testing::HasSubstr("authentication failed")));
}

TEST_F(PoolFailure, BackendLostBetweenTransactionsGoesUnnoticed) {
  Pool pool(database_.PoolOptions());
  Terminate(BackendPid(pool));

  EXPECT_THAT(Insert(pool, 1), IsOk());
  EXPECT_EQ(RowCount(), 1);
}

TEST_F(PoolFailure, BackendLostWithinATransactionIsUnavailableAndNothingIsCommitted) {
  Pool pool(database_.PoolOptions());
  int runs = 0;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    ++runs;
    RETURN_IF_ERROR(transaction.Execute(kInsert, Params().Int(1)).status());
    ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kBackendPid));
    Terminate(static_cast<int>(rows[0].Int(0)));
    return transaction.Execute(kInsert, Params().Int(2)).status();
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(runs, 1);
  EXPECT_EQ(RowCount(), 0);
  EXPECT_THAT(Insert(pool, 3), IsOk()) << "the pool recovers";
}

TEST_F(PoolFailure, StatementTimeoutIsUnavailable) {
  postgres::PoolOptions options = database_.PoolOptions();
  options.statement_timeout = std::chrono::milliseconds(100);
  Pool pool(options);

  const absl::Status status = pool.RunInTransaction(
      [](Transaction& transaction) { return transaction.Execute(kSleep).status(); });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable, ::testing::HasSubstr("57014")));
  EXPECT_THAT(pool.Ping(), IsOk());
}

TEST_F(PoolFailure, FrozenBackendIsCutOffByTheWatchdog) {
  postgres::PoolOptions options = database_.PoolOptions();
  options.statement_timeout = std::chrono::milliseconds(200);
  Pool pool(options);
  int pid = 0;

  const auto start = std::chrono::steady_clock::now();
  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kBackendPid));
    pid = static_cast<int>(rows[0].Int(0));
    ::kill(pid, SIGSTOP);
    return transaction.Execute(kInsert, Params().Int(1)).status();
  });
  const auto took = std::chrono::steady_clock::now() - start;
  const absl::Status status_after = Insert(pool, 2);  // while the backend is still frozen
  ::kill(pid, SIGCONT);

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_LT(took, std::chrono::seconds(5)) << "1.5 x 200 ms, and much for a busy machine";
  EXPECT_THAT(status_after, IsOk());
}

TEST_F(PoolFailure, FrozenBackendDuringCommitIsInDoubt) {
  postgres::PoolOptions options = database_.PoolOptions();
  options.statement_timeout = std::chrono::milliseconds(200);
  Pool pool(options);
  int pid = 0;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(transaction.Execute(kInsert, Params().Int(1)).status());
    ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kBackendPid));
    pid = static_cast<int>(rows[0].Int(0));
    ::kill(pid, SIGSTOP);
    return absl::OkStatus();
  });
  ::kill(pid, SIGCONT);

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnknown));
}

class CommitInDoubt : public PoolFailure, public ::testing::WithParamInterface<TcpProxy::Fault> {};

TEST_P(CommitInDoubt, IsUnknownAndNeverRetried) {
  TcpProxy proxy(database_.server_port());
  Pool pool(database_.PoolOptionsAtPort(proxy.port()));
  ASSERT_THAT(pool.Ping(), IsOk());
  int runs = 0;
  bool ran_after_commit = false;

  proxy.Arm(GetParam());
  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) {
    ++runs;
    transaction.AfterCommit([&ran_after_commit] { ran_after_commit = true; });
    return transaction.Execute(kInsert, Params().Int(1)).status();
  });

  EXPECT_TRUE(proxy.struck());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(ran_after_commit);
  EXPECT_EQ(RowCount(), GetParam() == TcpProxy::Fault::kCutAfterCommit ? 1 : 0);
  EXPECT_THAT(Insert(pool, 2), IsOk()) << "the pool recovers";
}

TEST_P(CommitInDoubt, IsUnavailableForAReader) {
  TcpProxy proxy(database_.server_port());
  Pool pool(database_.PoolOptionsAtPort(proxy.port()));
  ASSERT_THAT(pool.Ping(), IsOk());

  proxy.Arm(GetParam());
  const absl::Status status = pool.RunReadOnly(
      [](Transaction& transaction) { return transaction.Execute(kBackendPid).status(); });

  EXPECT_TRUE(proxy.struck());
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(PoolFailure, AReaderCannotWrite) {
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunReadOnly([](Transaction& transaction) {
    return transaction.Execute(kInsert, Params().Int(1)).status();
  });

  EXPECT_FALSE(status.ok());
  EXPECT_EQ(RowCount(), 0);
}

INSTANTIATE_TEST_SUITE_P(Cut, CommitInDoubt,
                         ::testing::Values(TcpProxy::Fault::kCutBeforeCommit,
                                           TcpProxy::Fault::kCutAfterCommit));

}  // namespace
}  // namespace orderflow::postgres
