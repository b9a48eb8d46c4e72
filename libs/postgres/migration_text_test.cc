// Proves that role names are filled into migrations only as plain identifiers, and that a gap in
// the numbering is found before anything runs.
#include "libs/postgres/migration_text.h"

#include <gtest/gtest.h>

namespace orderflow::postgres {
namespace {

const MigrationTarget kTarget{"", "order_service", "orderflow_verify"};

TEST(SubstituteRoles, FillsBothRoles) {
  const auto sql =
      SubstituteRoles("GRANT SELECT ON t TO ${runtime_role}, ${verify_role}; -- $1 {}", kTarget);

  ASSERT_TRUE(sql.ok());
  EXPECT_EQ(*sql, "GRANT SELECT ON t TO order_service, orderflow_verify; -- $1 {}");
}

TEST(SubstituteRoles, RefusesUnknownVariables) {
  EXPECT_EQ(SubstituteRoles("${owner}", kTarget).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(SubstituteRoles("${runtime_role", kTarget).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SubstituteRoles, RefusesNamesThatAreNoPlainIdentifiers) {
  for (const char* role : {"", "a b", "a;DROP TABLE t", "\"a\"", "1a", "Ab"}) {
    EXPECT_EQ(SubstituteRoles("x", {"", role, "v"}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << role;
    EXPECT_EQ(SubstituteRoles("x", {"", "r", role}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << role;
  }
}

TEST(CheckVersions, WantsEveryNumberFromOne) {
  EXPECT_TRUE(CheckVersions({"c", {}}).ok());
  EXPECT_TRUE(CheckVersions({"c", {{1, "a", ""}, {2, "b", ""}}}).ok());
  EXPECT_FALSE(CheckVersions({"c", {{2, "b", ""}}}).ok());
  EXPECT_FALSE(CheckVersions({"c", {{1, "a", ""}, {3, "c", ""}}}).ok());
  EXPECT_FALSE(CheckVersions({"c", {{1, "a", ""}, {1, "b", ""}}}).ok());
}

}  // namespace
}  // namespace orderflow::postgres
