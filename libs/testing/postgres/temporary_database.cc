#include "libs/testing/postgres/temporary_database.h"

#include <cstdio>
#include <cstdlib>
#include <random>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/connection.h"
#include "libs/postgres/connection_string.h"
#include "libs/postgres/watchdog.h"
#include "libs/testing/postgres/backends.h"

namespace orderflow::testing {
namespace {

constexpr char kOwnerRole[] = "test_owner";
constexpr char kRuntimeRole[] = "test_runtime";
constexpr char kVerifyRole[] = "orderflow_verify";
constexpr char kPassword[] = "test";  // of roles that exist in test backends only
constexpr std::chrono::seconds kStatementTimeout{30};

// Roles belong to the server, and tests run at the same time: the lock makes it one at a time.
constexpr char kCreateRoles[] = R"sql(
DO $$
DECLARE role_name text;
BEGIN
  PERFORM pg_advisory_xact_lock(4242);
  FOREACH role_name IN ARRAY ARRAY['test_owner', 'test_runtime', 'orderflow_verify'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role_name) THEN
      EXECUTE format('CREATE ROLE %I LOGIN', role_name);
    END IF;
  END LOOP;
  ALTER ROLE test_owner PASSWORD 'test';
  ALTER ROLE test_runtime PASSWORD 'test';
END $$
)sql";

void CheckOk(const absl::Status& status, const std::string& tried) {
  if (!status.ok()) {
    std::fprintf(stderr, "temporary database: %s: %s\n", tried.c_str(), status.ToString().c_str());
    std::exit(1);
  }
}

struct ServerAddress {
  std::string host;
  int port = 0;
};

// Of a URL of the form postgresql://user:password@host:port/database.
ServerAddress AddressOf(const std::string& url) {
  const size_t host = url.rfind('@') + 1;
  const size_t colon = url.find(':', host);
  INVARIANT(host != 0 && colon != std::string::npos,
            "POSTGRES_ADMIN_URL names user, host and port");
  return {url.substr(host, colon - host), std::atoi(url.c_str() + colon + 1)};
}

std::string RandomName() {
  std::random_device random;
  return fmt::format("test_{:08x}{:08x}", random(), random());
}

}  // namespace

struct TemporaryDatabase::State {
  std::unique_ptr<postgres::Connection> Connect(const std::string& url) {
    auto connection = postgres::Connection::Open(
        postgres::CompleteConnectionString(
            url, {"orderflow-test", kStatementTimeout, kStatementTimeout}),
        watchdog);
    CheckOk(connection.status(), "connecting");
    return *std::move(connection);
  }
  std::string Url(const std::string& role, int port) const {
    return fmt::format("postgresql://{}:{}@{}:{}/{}", role, kPassword, server.host, port, name);
  }

  std::string admin_url;
  ServerAddress server;
  std::string name;
  std::string owner_url;
  std::string runtime_url;
  postgres::Watchdog watchdog{kStatementTimeout * 2};
  std::unique_ptr<postgres::Connection> admin;   // to database postgres
  std::unique_ptr<postgres::Connection> inside;  // to the temporary database
  int queries = 0;
};

TemporaryDatabase::TemporaryDatabase(const std::vector<const postgres::MigrationSet*>& sets)
    : state_(std::make_unique<State>()) {
  State& state = *state_;
  state.admin_url = FindBackends().postgres_admin_url;
  state.server = AddressOf(state.admin_url);
  state.name = RandomName();
  state.owner_url = state.Url(kOwnerRole, state.server.port);
  state.runtime_url = state.Url(kRuntimeRole, state.server.port);
  state.admin = state.Connect(state.admin_url);
  CheckOk(state.admin->Run(kCreateRoles, "creating roles"), "creating roles");
  CheckOk(state.admin->Run(
              fmt::format("CREATE DATABASE {} OWNER {} TEMPLATE template0", state.name, kOwnerRole),
              "creating a database"),
          "creating a database");
  state.inside =
      state.Connect(state.admin_url.substr(0, state.admin_url.rfind('/') + 1) + state.name);
  CheckOk(postgres::Migrate(migration_target(), sets), "running migrations");
}

TemporaryDatabase::~TemporaryDatabase() {
  state_->inside.reset();
  CheckOk(state_->admin->Run(fmt::format("DROP DATABASE {} WITH (FORCE)", state_->name),
                             "dropping a database"),
          "dropping a database");
}

const std::string& TemporaryDatabase::name() const { return state_->name; }

const std::string& TemporaryDatabase::owner_url() const { return state_->owner_url; }

const std::string& TemporaryDatabase::runtime_url() const { return state_->runtime_url; }

postgres::MigrationTarget TemporaryDatabase::migration_target() const {
  return {state_->owner_url, kRuntimeRole, kVerifyRole};
}

postgres::PoolOptions TemporaryDatabase::PoolOptions() const {
  return PoolOptionsAtPort(server_port());
}

postgres::PoolOptions TemporaryDatabase::PoolOptionsAtPort(int port) const {
  postgres::PoolOptions options;
  options.url = state_->Url(kRuntimeRole, port);
  options.application_name = "orderflow-test";
  return options;
}

int TemporaryDatabase::server_port() const { return state_->server.port; }

void TemporaryDatabase::Run(const std::string& sql) { CheckOk(state_->inside->Run(sql, sql), sql); }

std::string TemporaryDatabase::QueryText(const std::string& sql) {
  const std::string statement_name =
      fmt::format("test_{}", ++state_->queries);  // a name belongs to one text
  const auto rows = state_->inside->Execute({statement_name.c_str(), sql.c_str()}, {});
  CheckOk(rows.status(), sql);
  return rows->empty() ? std::string() : (*rows)[0].String(0);
}

int64_t TemporaryDatabase::QueryInt(const std::string& sql) {
  return std::atoll(QueryText(sql).c_str());
}

}  // namespace orderflow::testing
