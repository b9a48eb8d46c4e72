#include "libs/postgres/migrations.h"

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/connection.h"
#include "libs/postgres/connection_string.h"
#include "libs/postgres/migration_text.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/watchdog.h"

namespace orderflow::postgres {
namespace {

// A migration may rewrite a large table, but must not queue for long behind, and so in front of,
// live traffic for its lock: it gives up soon and tries again.
constexpr Duration kStatementTimeout = std::chrono::minutes(10);
constexpr Duration kLockTimeout = std::chrono::seconds(2);
constexpr int kAttemptsMax = 30;
constexpr Duration kRetryDelay = std::chrono::milliseconds(500);

constexpr Statement kLockMigrations{"migrations_lock",
                                    "SELECT pg_advisory_xact_lock(7236501947265)"};
constexpr char kCreateTable[] = R"sql(
CREATE TABLE IF NOT EXISTS schema_migrations (
  component text NOT NULL,
  version integer NOT NULL CHECK (version >= 1),
  name text NOT NULL,
  checksum text NOT NULL,
  apply_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (component, version)
);
GRANT SELECT ON schema_migrations TO ${runtime_role}, ${verify_role};
)sql";
constexpr Statement kFindApplied{
    "migrations_find",
    "SELECT checksum FROM schema_migrations WHERE component = $1 AND version = $2"};
constexpr Statement kInsertApplied{
    "migrations_insert",
    "INSERT INTO schema_migrations (component, version, name, checksum) VALUES ($1, $2, $3, $4)"};
constexpr Statement kTableExists{"migrations_table_exists",
                                 "SELECT to_regclass('schema_migrations') IS NOT NULL"};
constexpr Statement kVersions{"migrations_versions",
                              "SELECT component, max(version) FROM schema_migrations GROUP BY "
                              "component ORDER BY component LIMIT 1000"};

// Runs `body` between BEGIN and COMMIT, alone among all migrators of this database.
absl::Status RunLocked(Connection& connection, const std::function<absl::Status()>& body) {
  RETURN_IF_ERROR(connection.Begin());
  absl::Status status = connection.Execute(kLockMigrations, {}).status();
  if (status.ok()) {
    status = body();
  }
  if (status.ok()) {
    return connection.Commit();
  }
  connection.Rollback();
  return status;
}

absl::Status RunLockedWithRetry(Connection& connection, const std::function<absl::Status()>& body) {
  for (int attempt = 1;; ++attempt) {
    const absl::Status status = RunLocked(connection, body);
    if (status.code() != absl::StatusCode::kAborted || attempt >= kAttemptsMax) {
      return status;
    }
    std::this_thread::sleep_for(kRetryDelay);
  }
}

absl::Status Apply(Connection& connection, const MigrationTarget& target, const char* component,
                   const Migration& migration) {
  const std::string checksum = Sha256Hex(migration.sql);
  ASSIGN_OR_RETURN(const std::string sql, SubstituteRoles(migration.sql, target));
  const std::string tried = fmt::format("migration {} {}", component, migration.name);
  return RunLockedWithRetry(connection, [&]() -> absl::Status {
    ASSIGN_OR_RETURN(
        const Rows applied,
        connection.Execute(kFindApplied, Params().Text(component).Int(migration.version)));
    if (!applied.empty()) {
      if (applied[0].Text(0) != checksum) {
        return absl::FailedPreconditionError(
            fmt::format("{}: the database has version {} from another text; applied migrations "
                        "must not be edited, "
                        "restore the file and add a new migration",
                        tried, migration.version));
      }
      return absl::OkStatus();
    }
    RETURN_IF_ERROR(connection.Run(sql, tried));
    return connection
        .Execute(
            kInsertApplied,
            Params().Text(component).Int(migration.version).Text(migration.name).Text(checksum))
        .status();
  });
}

absl::StatusOr<std::map<std::string, int64_t>> AppliedVersions(Pool& pool) {
  std::map<std::string, int64_t> versions;
  const absl::Status status =
      pool.RunInTransaction([&versions](Transaction& transaction) -> absl::Status {
        versions.clear();
        ASSIGN_OR_RETURN(const Rows exists, transaction.Execute(kTableExists));
        if (!exists[0].Bool(0)) {
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kVersions));
        for (const Row row : rows) {
          versions[row.String(0)] = row.Int(1);
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return versions;
}

}  // namespace

absl::Status Migrate(const MigrationTarget& target, const std::vector<const MigrationSet*>& sets) {
  for (const MigrationSet* set : sets) {
    RETURN_IF_ERROR(CheckVersions(*set));
  }
  ASSIGN_OR_RETURN(const std::string create_table, SubstituteRoles(kCreateTable, target));
  Watchdog watchdog(kStatementTimeout + kStatementTimeout / 2);
  ASSIGN_OR_RETURN(const std::unique_ptr<Connection> connection,
                   Connection::Open(CompleteConnectionString(
                                        target.owner_url, {.application_name = "orderflow-migrate",
                                                           .statement_timeout = kStatementTimeout,
                                                           .lock_timeout = kLockTimeout,
                                                           .reads_whole_tables = true}),
                                    watchdog));
  RETURN_IF_ERROR(RunLockedWithRetry(*connection, [&] {
    return connection->Run(create_table, "creating table schema_migrations");
  }));
  for (const MigrationSet* set : sets) {
    for (const Migration& migration : set->migrations) {
      RETURN_IF_ERROR(Apply(*connection, target, set->component, migration));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckSchema(Pool& pool, const std::vector<const MigrationSet*>& sets) {
  ASSIGN_OR_RETURN(const auto applied, AppliedVersions(pool));
  std::string missing;
  for (const MigrationSet* set : sets) {
    const auto found = applied.find(set->component);
    const int64_t version = found == applied.end() ? 0 : found->second;
    const auto needed = static_cast<int64_t>(set->migrations.size());
    if (version < needed) {
      missing += fmt::format("{}schema of {} is at {}, this binary needs {}",
                             missing.empty() ? "" : "; ", set->component, version, needed);
    }
  }
  if (missing.empty()) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(missing + ": run this program with --migrate");
}

}  // namespace orderflow::postgres
