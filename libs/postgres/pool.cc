#include "libs/postgres/pool.h"

#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "fmt/format.h"
#include "libs/base/backoff.h"
#include "libs/base/mutex.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/connection.h"
#include "libs/postgres/connection_string.h"
#include "libs/postgres/pool_metrics.h"
#include "libs/postgres/watchdog.h"

namespace orderflow::postgres {
namespace {

// Between attempts of an aborted transaction: conflicts end within milliseconds, so start short.
constexpr BackoffPolicy kRetryBackoff{.initial = std::chrono::milliseconds(5),
                                      .max = std::chrono::milliseconds(200)};

// The server ends a statement at statement_timeout; half as much again and it is not answering.
Duration CallTimeMax(Duration statement_timeout) {
  return statement_timeout + statement_timeout / 2;
}

constexpr Statement kPing{"postgres_ping", "SELECT 1"};

}  // namespace

// The connections, and who waits for one. Threadsafe.
struct Pool::State {
  explicit State(PoolOptions pool_options)
      : options(std::move(pool_options)),
        connection_string(CompleteConnectionString(
            options.url, {options.application_name, options.statement_timeout, options.lock_timeout,
                          options.reads_whole_tables})),
        watchdog(CallTimeMax(options.statement_timeout)),
        metrics(options.metrics, options.size_max) {}

  struct Lease {
    std::unique_ptr<Connection> connection;
    bool is_reused = false;
  };
  absl::StatusOr<Lease> Acquire();
  void Release(std::unique_ptr<Connection> connection);
  void CloseIdle();
  double Random01();

  const PoolOptions options;
  const std::string connection_string;
  Watchdog watchdog;
  PoolMetrics metrics;
  mutable Mutex mutex;
  ConditionVariable released;
  std::vector<std::unique_ptr<Connection>> idle ABSL_GUARDED_BY(mutex);
  int in_use ABSL_GUARDED_BY(mutex) = 0;
  std::mt19937_64 random ABSL_GUARDED_BY(mutex){std::random_device{}()};
};

absl::StatusOr<Pool::State::Lease> Pool::State::Acquire() {
  const auto wait_start = std::chrono::steady_clock::now();
  {
    MutexLock lock(mutex);
    const bool is_free = released.wait_for(
        mutex, options.acquire_timeout,
        [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return in_use < options.size_max; });
    metrics.OnWaited(std::chrono::steady_clock::now() - wait_start, is_free);
    if (!is_free) {
      return absl::UnavailableError(fmt::format(
          "all {} database connections were in use for {} ms: the database is slow, or raise "
          "ORDERFLOW_DATABASE_POOL_SIZE",
          options.size_max,
          std::chrono::duration_cast<std::chrono::milliseconds>(options.acquire_timeout).count()));
    }
    ++in_use;
    if (!idle.empty()) {
      Lease lease{std::move(idle.back()), true};
      idle.pop_back();
      return lease;
    }
  }
  absl::StatusOr<std::unique_ptr<Connection>> opened =
      Connection::Open(connection_string, watchdog);
  if (!opened.ok()) {
    metrics.OnConnectFailed();
    Release(nullptr);
    return opened.status();
  }
  return Lease{*std::move(opened), false};
}

void Pool::State::Release(std::unique_ptr<Connection> connection) {
  const bool keep = connection != nullptr && connection->usable();
  {
    MutexLock lock(mutex);
    --in_use;
    metrics.OnReleased();
    if (keep) {
      idle.push_back(std::move(connection));
    }
  }
  released.notify_one();
  // An unusable connection is closed here, outside the lock.
}

void Pool::State::CloseIdle() {
  std::vector<std::unique_ptr<Connection>> closed;
  MutexLock lock(mutex);
  closed.swap(idle);
}

double Pool::State::Random01() {
  MutexLock lock(mutex);
  return std::uniform_real_distribution<double>(0, 1)(random);
}

// Runs one body to its end.
class TransactionRunner {
 public:
  using Body = std::function<absl::Status(Transaction&)>;

  TransactionRunner(Pool::State& pool, TransactionMode mode) : pool_(pool), mode_(mode) {}

  absl::Status Run(const Body& body) {
    for (int attempt = 1;; ++attempt) {
      const absl::Status status = RunOnce(body, attempt);
      const bool is_retried =
          status.code() == absl::StatusCode::kAborted ||
          (absl::IsUnknown(status) && IsPlanted(PlantedBug::kDoubtfulCommitRunAgain));
      if (!is_retried || attempt >= pool_.options.attempts_max) {
        return status;
      }
      std::this_thread::sleep_for(BackoffDelay(kRetryBackoff, attempt, pool_.Random01()));
    }
  }

 private:
  absl::Status RunOnce(const Body& body, int attempt) {
    bool is_stale = false;
    const absl::Status status = RunOnConnection(body, attempt, is_stale);
    if (!is_stale) {
      return status;
    }
    // An idle connection had died (server restart). Its fellows have too; nothing was begun, so the
    // caller need not notice.
    pool_.CloseIdle();
    return RunOnConnection(body, attempt, is_stale);
  }

  // Sets `is_stale` when a connection from the idle list failed before anything was begun on it.
  absl::Status RunOnConnection(const Body& body, int attempt, bool& is_stale) {
    ASSIGN_OR_RETURN(Pool::State::Lease lease, pool_.Acquire());
    // After the Transaction, which is declared later, has rolled back.
    const absl::Cleanup release = [&] { pool_.Release(std::move(lease.connection)); };
    if (lease.is_reused && !lease.connection->IsQuiet()) {
      lease.connection.reset();
      is_stale = true;
      return absl::UnavailableError("the server has closed an idle connection");
    }
    Transaction transaction(*lease.connection, mode_, attempt);
    absl::Status status = body(transaction);
    if (status.ok()) {
      status = transaction.Commit();
    }
    if (status.ok()) {
      transaction.RunAfterCommit();
    }
    is_stale = lease.is_reused && !lease.connection->has_answered() &&
               status.code() == absl::StatusCode::kUnavailable && !lease.connection->usable();
    return status;
  }

  Pool::State& pool_;
  const TransactionMode mode_;
};

Pool::Pool(PoolOptions options) : state_(std::make_unique<State>(std::move(options))) {}

Pool::~Pool() = default;

absl::Status Pool::RunInTransaction(const std::function<absl::Status(Transaction&)>& body) {
  return TransactionRunner(*state_, TransactionMode::kReadWrite).Run(body);
}

absl::Status Pool::RunReadOnly(const std::function<absl::Status(Transaction&)>& body) {
  absl::Status status = TransactionRunner(*state_, TransactionMode::kReadOnly).Run(body);
  if (absl::IsUnknown(status)) {
    // The connection broke during COMMIT, but nothing was written that could be in doubt.
    return absl::UnavailableError(
        fmt::format("connection lost while reading, try again ({})", Message(status)));
  }
  return status;
}

absl::Status Pool::Ping() {
  return RunReadOnly([](Transaction& transaction) { return transaction.Execute(kPing).status(); });
}

int Pool::in_use() const {
  MutexLock lock(state_->mutex);
  return state_->in_use;
}

}  // namespace orderflow::postgres
