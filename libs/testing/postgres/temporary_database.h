#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "libs/postgres/migrations.h"
#include "libs/postgres/pool.h"

namespace orderflow::testing {

// A database of one test on the real server of FindBackends, with migrations run as in production:
// by an owner role, rights granted to a runtime role. Dropped at the end, whoever is still
// connected. Anything that fails in here ends the test program, with the reason.
//
//   TemporaryDatabase database({&migrations::OutboxMigrations()});
//   postgres::Pool pool(database.PoolOptions());
class TemporaryDatabase {
 public:
  explicit TemporaryDatabase(const std::vector<const postgres::MigrationSet*>& sets);
  ~TemporaryDatabase();
  TemporaryDatabase(const TemporaryDatabase&) = delete;
  TemporaryDatabase& operator=(const TemporaryDatabase&) = delete;

  const std::string& name() const;
  const std::string& owner_url() const;    // owns the database, runs migrations
  const std::string& runtime_url() const;  // what a service logs in as
  postgres::MigrationTarget migration_target() const;

  // Options of a pool that logs in as the runtime role.
  postgres::PoolOptions PoolOptions() const;
  // The same through another port, such as that of a TcpProxy.
  postgres::PoolOptions PoolOptionsAtPort(int port) const;

  int server_port() const;

  // Runs SQL as superuser in this database.
  void Run(const std::string& sql);
  // The first column of the first row of a query, run as superuser; empty or 0 when there is none.
  std::string QueryText(const std::string& sql);
  int64_t QueryInt(const std::string& sql);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::testing
