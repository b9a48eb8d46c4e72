#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace orderflow::postgres {

// One numbered SQL file, embedded in the binary (cmake/OrderflowMigrations.cmake).
struct Migration {
  int version;
  const char* name;
  const char* sql;
};

// The migrations of one component (a service, or a library such as "outbox"), ascending versions
// from 1 without gaps. Append only.
struct MigrationSet {
  const char* component;
  std::vector<Migration> migrations;
};

struct MigrationTarget {
  std::string owner_url;     // role that owns the database
  std::string runtime_role;  // replaces ${runtime_role} in SQL
  std::string verify_role;   // replaces ${verify_role} in SQL
};

// Brings the database up to every set, in the order given, each migration in its own transaction
// together with its row in schema_migrations(component, version, name, checksum, apply_time).
// Idempotent; safe to run at the same time from several places (advisory transaction lock).
// kFailedPrecondition: an applied migration has another checksum than the file.
absl::Status Migrate(const MigrationTarget& target, const std::vector<const MigrationSet*>& sets);

class Pool;

// OK when the database has at least every migration of `sets`; kFailedPrecondition naming what is
// missing ("schema of inventory is at 1, this binary needs 2: run inventory-service --migrate").
absl::Status CheckSchema(Pool& pool, const std::vector<const MigrationSet*>& sets);

}  // namespace orderflow::postgres
