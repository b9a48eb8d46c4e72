// Proves that migrations run once, in order, whole or not at all, from several places at once, and
// that an edited one is found; and that a binary sees when its schema is missing.
#include "libs/postgres/migrations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::postgres {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

const Migration kCreate{1, "0001_create",
                        "CREATE TABLE m (id bigint PRIMARY KEY); GRANT SELECT ON m TO "
                        "${runtime_role}, ${verify_role};"};
const Migration kFill{2, "0002_fill", "INSERT INTO m VALUES (1);"};

class Migrations : public ::testing::Test {
 protected:
  Migrations() : database_({}) {}

  orderflow::testing::TemporaryDatabase database_;
  const MigrationSet first_{"m", {kCreate}};
  const MigrationSet both_{"m", {kCreate, kFill}};
};

TEST_F(Migrations, RunEachOnce) {
  EXPECT_THAT(Migrate(database_.migration_target(), {&first_}), IsOk());
  EXPECT_THAT(Migrate(database_.migration_target(), {&both_}), IsOk());
  EXPECT_THAT(Migrate(database_.migration_target(), {&both_}), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM m"), 1);
  EXPECT_EQ(
      database_.QueryText("SELECT string_agg(name, ',' ORDER BY version) FROM schema_migrations"),
      "0001_create,0002_fill");
}

TEST_F(Migrations, RunOnceFromSeveralPlacesAtOnce) {
  constexpr int kMigrators = 6;
  std::vector<absl::Status> statuses(kMigrators);
  {
    std::vector<std::jthread> migrators;
    for (absl::Status& status : statuses) {
      migrators.emplace_back([&] { status = Migrate(database_.migration_target(), {&both_}); });
    }
  }

  EXPECT_THAT(statuses, ::testing::Each(IsOk()));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM m"), 1);
}

TEST_F(Migrations, RefuseAnEditedFile) {
  ASSERT_THAT(Migrate(database_.migration_target(), {&first_}), IsOk());
  const MigrationSet edited{"m", {{1, "0001_create", "CREATE TABLE m (id text);"}}};

  EXPECT_THAT(Migrate(database_.migration_target(), {&edited}),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("must not be edited")));
}

TEST_F(Migrations, LeaveNothingOfOneThatFails) {
  const MigrationSet failing{"m",
                             {kCreate, {2, "0002_fail", "INSERT INTO m VALUES (1); SELECT 1/0;"}}};

  EXPECT_THAT(
      Migrate(database_.migration_target(), {&failing}),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("migration m 0002_fail: division by zero")));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM m"), 0);
  EXPECT_EQ(database_.QueryInt("SELECT max(version) FROM schema_migrations"), 1);
}

// The way to a constraint on a table that is in operation: see the README of libs/postgres.
TEST_F(Migrations, ConstraintIsValidatedWhileOthersWrite) {
  const MigrationSet constrained{
      "m",
      {kCreate,
       {2, "0002_constrain",
        "GRANT INSERT ON m TO ${runtime_role}; "
        "ALTER TABLE m ADD CONSTRAINT m_id_check CHECK (id > 0) NOT VALID;"}}};
  MigrationSet validated = constrained;
  validated.migrations.push_back(
      {3, "0003_validate", "ALTER TABLE m VALIDATE CONSTRAINT m_id_check;"});
  ASSERT_THAT(Migrate(database_.migration_target(), {&constrained}), IsOk());
  Pool pool(database_.PoolOptions());

  const absl::Status status = pool.RunInTransaction([&](Transaction& writer) -> absl::Status {
    RETURN_IF_ERROR(
        writer.Execute(Statement{"write_meanwhile", "INSERT INTO m VALUES (1)"}).status());
    return Migrate(database_.migration_target(), {&validated});
  });

  EXPECT_THAT(status, IsOk());
  EXPECT_EQ(database_.QueryText("SELECT convalidated::text FROM pg_constraint WHERE conname = "
                                "'m_id_check'"),
            "true");
}

TEST_F(Migrations, CheckSchemaNamesWhatIsMissing) {
  Pool pool(database_.PoolOptions());
  ASSERT_THAT(Migrate(database_.migration_target(), {&first_}), IsOk());

  EXPECT_THAT(CheckSchema(pool, {&first_}), IsOk());
  EXPECT_THAT(CheckSchema(pool, {&both_}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("schema of m is at 1, this binary needs 2")));
}

TEST_F(Migrations, CheckSchemaOfAnEmptyDatabase) {
  database_.Run("DROP TABLE schema_migrations");
  Pool pool(database_.PoolOptions());

  EXPECT_THAT(CheckSchema(pool, {&both_}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("schema of m is at 0, this binary needs 2")));
}

TEST_F(Migrations, RuntimeRoleGetsWhatIsGrantedAndNoMore) {
  ASSERT_THAT(Migrate(database_.migration_target(), {&both_}), IsOk());
  Pool pool(database_.PoolOptions());
  const auto run = [&pool](const char* name, const char* sql) {
    return pool.RunInTransaction([&](Transaction& transaction) {
      return transaction.Execute(Statement{name, sql}).status();
    });
  };

  EXPECT_THAT(run("may", "SELECT id FROM m LIMIT 1"), IsOk());
  EXPECT_THAT(run("may_not_write", "INSERT INTO m VALUES (2)"),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(run("may_not_create", "CREATE TABLE x (id text)"),
              StatusIs(absl::StatusCode::kUnavailable));
}

}  // namespace
}  // namespace orderflow::postgres
