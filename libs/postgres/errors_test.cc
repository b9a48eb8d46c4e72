// Proves the classification that retries and recovery stand on: each SQLSTATE and each exception of
// libpqxx becomes the code that postgres/errors.h promises, and no stored values leak into
// messages.
#include "libs/postgres/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <pqxx/pqxx>

#include "libs/base/status_macros.h"

namespace orderflow::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

absl::Status StatusOf(const std::function<void()>& thrower) {
  try {
    thrower();
  } catch (const std::exception&) {
    return StatusFromException("inserting an order");
  }
  return absl::OkStatus();
}

struct SqlStateCase {
  const char* sql_state;
  absl::StatusCode code;
};

class SqlStateTable : public ::testing::TestWithParam<SqlStateCase> {};

TEST_P(SqlStateTable, HasItsCode) {
  EXPECT_EQ(CodeForSqlState(GetParam().sql_state), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(Aborted, SqlStateTable,
                         ::testing::Values(SqlStateCase{"40001", absl::StatusCode::kAborted},
                                           SqlStateCase{"40P01", absl::StatusCode::kAborted},
                                           SqlStateCase{"55P03", absl::StatusCode::kAborted}));
INSTANTIATE_TEST_SUITE_P(Unavailable, SqlStateTable,
                         ::testing::Values(SqlStateCase{"08000", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"08006", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"57P01", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"57P02", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"57P03", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"57014", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"25006", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"25P03", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"53100", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"53200", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"53300", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"58030", absl::StatusCode::kUnavailable}));
INSTANTIATE_TEST_SUITE_P(Answers, SqlStateTable,
                         ::testing::Values(SqlStateCase{"23505", absl::StatusCode::kAlreadyExists},
                                           SqlStateCase{"23514",
                                                        absl::StatusCode::kFailedPrecondition},
                                           SqlStateCase{"40003", absl::StatusCode::kUnknown}));
INSTANTIATE_TEST_SUITE_P(OurBugs, SqlStateTable,
                         ::testing::Values(SqlStateCase{"42601", absl::StatusCode::kInternal},
                                           SqlStateCase{"42P01", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"42501", absl::StatusCode::kUnavailable},
                                           SqlStateCase{"22P02", absl::StatusCode::kInternal},
                                           SqlStateCase{"23502", absl::StatusCode::kInternal},
                                           SqlStateCase{"23503", absl::StatusCode::kInternal},
                                           SqlStateCase{"25P02", absl::StatusCode::kInternal},
                                           SqlStateCase{"XX000", absl::StatusCode::kInternal},
                                           SqlStateCase{"", absl::StatusCode::kInternal}));

TEST(StatusFromException, InDoubtIsUnknown) {
  EXPECT_EQ(StatusOf([] { throw pqxx::in_doubt_error("lost"); }).code(),
            absl::StatusCode::kUnknown);
}

TEST(StatusFromException, ConflictsAreAborted) {
  EXPECT_EQ(StatusOf([] { throw pqxx::serialization_failure("conflict"); }).code(),
            absl::StatusCode::kAborted);
  EXPECT_EQ(StatusOf([] { throw pqxx::deadlock_detected("deadlock"); }).code(),
            absl::StatusCode::kAborted);
}

TEST(StatusFromException, UnknownCompletionIsNotMistakenForARollback) {
  EXPECT_EQ(StatusOf([] { throw pqxx::statement_completion_unknown("?"); }).code(),
            absl::StatusCode::kUnknown);
}

TEST(StatusFromException, LostConnectionIsUnavailable) {
  EXPECT_EQ(StatusOf([] { throw pqxx::broken_connection("gone"); }).code(),
            absl::StatusCode::kUnavailable);
}

TEST(StatusFromException, SqlErrorGoesBySqlState) {
  const absl::Status status =
      StatusOf([] { throw pqxx::sql_error("timeout", "SELECT 1", "57014"); });

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("inserting an order: timeout (SQLSTATE 57014); "));
}

TEST(StatusFromException, KeepsStoredValuesOutOfTheMessage) {
  const absl::Status status = StatusOf([] {
    throw pqxx::unique_violation(
        "ERROR:  duplicate key\nDETAIL:  Key (email)=(ann@example.org) already exists.", "",
        "23505");
  });

  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Message(status), HasSubstr("duplicate key"));
  EXPECT_THAT(Message(status), Not(HasSubstr("ann@example.org")));
}

TEST(StatusFromException, AnythingElseIsInternal) {
  EXPECT_EQ(StatusOf([] { throw std::runtime_error("?"); }).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace orderflow::postgres
