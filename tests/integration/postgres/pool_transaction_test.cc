// Proves against a real server what a transaction of the pool promises: commit on OK, rollback on
// an error, retry of conflicts and of nothing else, actions after the commit only, bounded waiting
// for a connection.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <latch>
#include <thread>

#include "libs/postgres/pool.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::postgres {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

constexpr Statement kInsert{"test_insert", "INSERT INTO t (id, n) VALUES ($1, $2)"};
constexpr Statement kUpdate{"test_update", "UPDATE t SET n = n + 1 WHERE id = $1"};
constexpr Statement kLock{"test_lock", "SELECT n FROM t WHERE id = $1 FOR UPDATE"};
constexpr Statement kSession{"test_session", "SELECT pg_backend_pid()"};

class PoolTransaction : public ::testing::Test {
 protected:
  PoolTransaction() : database_({}) {
    database_.Run("CREATE TABLE t (id bigint PRIMARY KEY, n bigint NOT NULL CHECK (n >= 0))");
    database_.Run("GRANT SELECT, INSERT, UPDATE, DELETE ON t TO test_runtime");
  }

  // The server's process behind the pool's idle connection.
  static int64_t SessionOf(Pool& pool) {
    int64_t session = 0;
    EXPECT_THAT(pool.RunReadOnly([&](Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kSession));
      session = rows[0].Int(0);
      return absl::OkStatus();
    }),
                IsOk());
    return session;
  }

  orderflow::testing::TemporaryDatabase database_;
};

TEST_F(PoolTransaction, CommitsWhenTheBodyIsOk) {
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunInTransaction([](Transaction& transaction) {
    return transaction.Execute(kInsert, Params().Int(1).Int(7)).status();
  });

  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(database_.QueryInt("SELECT n FROM t WHERE id = 1"), 7);
  EXPECT_EQ(pool.in_use(), 0);
}

// A plan that is made for an empty table stays while the table grows.
TEST_F(PoolTransaction, GoesByIndexInAnEmptyTable) {
  const auto plan_of = [this](postgres::PoolOptions options) {
    std::string plan;
    EXPECT_THAT(Pool(std::move(options))
                    .RunInTransaction([&plan](Transaction& transaction) -> absl::Status {
                      const std::vector<int64_t> ids(20);
                      ASSIGN_OR_RETURN(
                          const Rows rows,
                          transaction.Execute({"test_explain",
                                               "EXPLAIN UPDATE t SET n = u.id FROM "
                                               "unnest($1::bigint[]) AS u(id) WHERE t.id = u.id"},
                                              Params().IntArray(ids)));
                      for (const Row row : rows) {
                        plan += row.String(0) + "\n";
                      }
                      return absl::OkStatus();
                    }),
                IsOk());
    return plan;
  };
  PoolOptions whole_tables = database_.PoolOptions();
  whole_tables.reads_whole_tables = true;

  EXPECT_THAT(plan_of(whole_tables), HasSubstr("Seq Scan on t"));
  EXPECT_THAT(plan_of(database_.PoolOptions()), HasSubstr("Index Cond"));
}

TEST_F(PoolTransaction, RollsBackAndReturnsTheBodysError) {
  Pool pool(database_.PoolOptions());
  bool ran_after_commit = false;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    transaction.AfterCommit([&ran_after_commit] { ran_after_commit = true; });
    EXPECT_THAT(transaction.Execute(kInsert, Params().Int(1).Int(7)), IsOk());
    return absl::NotFoundError("no such order");
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, HasSubstr("no such order")));
  EXPECT_FALSE(ran_after_commit);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM t"), 0);
  EXPECT_THAT(pool.Ping(), IsOk());
}

TEST_F(PoolTransaction, DoesNotCommitAfterAnErrorThatTheBodySwallowed) {
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunInTransaction([](Transaction& transaction) {
    EXPECT_THAT(transaction.Execute(kInsert, Params().Int(1).Int(7)), IsOk());
    EXPECT_THAT(transaction.Execute(kInsert, Params().Int(1).Int(8)),
                StatusIs(absl::StatusCode::kAlreadyExists));
    EXPECT_THAT(transaction.Execute(kInsert, Params().Int(2).Int(8)),
                StatusIs(absl::StatusCode::kAlreadyExists));
    return absl::OkStatus();
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM t"), 0);
}

TEST_F(PoolTransaction, RunsActionsAfterTheCommitInOrder) {
  Pool pool(database_.PoolOptions());
  std::vector<int64_t> seen;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) {
    transaction.AfterCommit([&] { seen.push_back(database_.QueryInt("SELECT n FROM t")); });
    transaction.AfterCommit([&] { seen.push_back(-1); });
    return transaction.Execute(kInsert, Params().Int(1).Int(7)).status();
  });

  EXPECT_THAT(status, IsOk());
  EXPECT_THAT(seen, ::testing::ElementsAre(7, -1));
}

TEST_F(PoolTransaction, QueuedStatementsRunInOrderAndCommit) {
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunInTransaction([](Transaction& transaction) -> absl::Status {
    EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(7)), IsOk());
    EXPECT_THAT(transaction.QueueExactly(kUpdate, Params().Int(1), 1), IsOk());
    const auto locked = transaction.Execute(kLock, Params().Int(1));
    EXPECT_EQ((*locked)[0].Int(0), 8) << "what was queued before has run";
    return transaction.Queue(kUpdate, Params().Int(1));
  });

  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(database_.QueryInt("SELECT n FROM t WHERE id = 1"), 9);
}

TEST_F(PoolTransaction, ErrorOfAQueuedStatementComesWithTheCommitAndUndoesAll) {
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunInTransaction([](Transaction& transaction) {
    EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(7)), IsOk());
    EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(8)), IsOk());
    return transaction.Queue(kUpdate, Params().Int(1));
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("test_insert")));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM t"), 0);
  // The server skipped the third statement, and with it its preparation.
  EXPECT_THAT(pool.RunInTransaction([](Transaction& transaction) {
    return transaction.Queue(kUpdate, Params().Int(1));
  }),
              IsOk());
}

TEST_F(PoolTransaction, FailedCheckIsKnownBeforeTheCommit) {
  Pool pool(database_.PoolOptions());
  bool ran_after_commit = false;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) {
    transaction.AfterCommit([&ran_after_commit] { ran_after_commit = true; });
    EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(7)), IsOk());
    return transaction.Queue(kUpdate, Params().Int(2), [](const Rows& rows) {
      return rows.affected() == 1 ? absl::OkStatus() : absl::CancelledError("fenced off");
    });
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("fenced off")));
  EXPECT_FALSE(ran_after_commit);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM t"), 0);
  EXPECT_THAT(pool.Ping(), IsOk());
}

TEST_F(PoolTransaction, TooFewRowsRunTheWholeTransactionAgain) {
  Pool pool(database_.PoolOptions());
  const int64_t session = SessionOf(pool);
  int runs = 0;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    if (++runs == 2) {
      EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(7)), IsOk());
    }
    return transaction.QueueExactly(kUpdate, Params().Int(1), 1);
  });

  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(runs, 2);
  EXPECT_EQ(database_.QueryInt("SELECT n FROM t WHERE id = 1"), 8);
  EXPECT_EQ(SessionOf(pool), session) << "a conflict is no reason to connect anew";
}

TEST_F(PoolTransaction, TooManyRowsAreTheErrorOfTheCallerAndNothingIsCommitted) {
  Pool pool(database_.PoolOptions());
  const int64_t session = SessionOf(pool);
  bool ran_after_commit = false;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) {
    transaction.AfterCommit([&ran_after_commit] { ran_after_commit = true; });
    EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(7)), IsOk());
    return transaction.QueueExactly(kUpdate, Params().Int(1), 0,
                                    absl::CancelledError("fenced off"));
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kCancelled, HasSubstr("fenced off")));
  EXPECT_FALSE(ran_after_commit);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM t"), 0);
  EXPECT_EQ(SessionOf(pool), session) << "the connection is as good as before";
}

TEST_F(PoolTransaction, LeavesNothingOfWhatWasQueuedWhenTheBodyFails) {
  Pool pool(database_.PoolOptions());
  int checks = 0;

  const absl::Status status = pool.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    EXPECT_THAT(transaction.Queue(kInsert, Params().Int(1).Int(7),
                                  [&checks](const Rows&) {
                                    ++checks;
                                    return absl::OkStatus();
                                  }),
                IsOk());
    return absl::NotFoundError("no such order");
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(checks, 0) << "what a check refers to may be gone by then";
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM t"), 0);
  EXPECT_THAT(pool.Ping(), IsOk());
}

TEST_F(PoolTransaction, BrokenRuleIsFailedPreconditionAndNotRetried) {
  Pool pool(database_.PoolOptions());
  int runs = 0;

  const absl::Status status = pool.RunInTransaction([&runs](Transaction& transaction) {
    ++runs;
    return transaction.Execute(kInsert, Params().Int(1).Int(-1)).status();
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(runs, 1);
}

TEST_F(PoolTransaction, RefusesAZeroByteInsteadOfCuttingTheText) {
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunInTransaction([](Transaction& transaction) {
    return transaction
        .Execute({"test_text", "SELECT $1::text"}, Params().Text(std::string("a\0b", 3)))
        .status();
  });

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInvalidArgument,
                               HasSubstr("parameter 1 of statement test_text")));
}

// Two transactions that lock two rows in opposite order: the server aborts one of them, and its
// second run goes through.
TEST_F(PoolTransaction, RetriesADeadlock) {
  database_.Run("INSERT INTO t VALUES (1, 0), (2, 0)");
  Pool pool(database_.PoolOptions());
  std::atomic<int> runs = 0;
  std::barrier both_hold_one(2);
  const auto lock_both = [&](int64_t first, int64_t second) {
    bool is_first_run = true;
    return pool.RunInTransaction([&, first, second](Transaction& transaction) -> absl::Status {
      ++runs;
      RETURN_IF_ERROR(transaction.Execute(kUpdate, Params().Int(first)).status());
      if (std::exchange(is_first_run, false)) {
        both_hold_one.arrive_and_wait();
      }
      return transaction.Execute(kUpdate, Params().Int(second)).status();
    });
  };

  absl::Status status_of_other;
  std::jthread other([&] { status_of_other = lock_both(2, 1); });
  const absl::Status status = lock_both(1, 2);
  other.join();

  EXPECT_THAT(status, IsOk());
  EXPECT_THAT(status_of_other, IsOk());
  EXPECT_GE(runs, 3);
  EXPECT_EQ(database_.QueryInt("SELECT sum(n) FROM t"), 4);
}

TEST_F(PoolTransaction, GivesUpOnALockAfterBoundedRetries) {
  database_.Run("INSERT INTO t VALUES (1, 0)");
  postgres::PoolOptions options = database_.PoolOptions();
  options.lock_timeout = std::chrono::milliseconds(20);
  options.attempts_max = 3;
  Pool pool(options);
  int runs = 0;
  database_.Run("BEGIN");
  database_.Run("UPDATE t SET n = 5 WHERE id = 1");

  const absl::Status status = pool.RunInTransaction([&runs](Transaction& transaction) {
    EXPECT_EQ(transaction.attempt(), ++runs);
    return transaction.Execute(kLock, Params().Int(1)).status();
  });
  database_.Run("ROLLBACK");

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kAborted));
  EXPECT_EQ(runs, 3);
}

TEST_F(PoolTransaction, WaitsForAConnectionOnlySoLong) {
  postgres::PoolOptions options = database_.PoolOptions();
  options.size_max = 1;
  options.acquire_timeout = std::chrono::milliseconds(30);
  Pool pool(options);

  absl::Status status_inside;
  const absl::Status status = pool.RunInTransaction([&](Transaction&) {
    status_inside = pool.Ping();  // needs a second connection
    return absl::OkStatus();
  });

  EXPECT_THAT(status, IsOk());
  EXPECT_THAT(status_inside,
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("ORDERFLOW_DATABASE_POOL_SIZE")));
  EXPECT_THAT(pool.Ping(), IsOk());
}

}  // namespace
}  // namespace orderflow::postgres
