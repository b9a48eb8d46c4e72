// Proves the classification that retries and recovery stand on: each SQLSTATE becomes the code that
// postgres/errors.h promises, and no stored values leak into messages.
#include "libs/postgres/errors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/status_macros.h"

namespace orderflow::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

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

TEST(StatusFromSqlState, SaysWhatWasTriedAndWhatToDo) {
  const absl::Status status = StatusFromSqlState("inserting an order", "57014", "timeout");

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr("inserting an order: timeout (SQLSTATE 57014); check"));
}

TEST(StatusFromSqlState, WithoutSqlStateTheConnectionIsLost) {
  const absl::Status status = StatusFromSqlState("inserting an order", "", "server closed");

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), Not(HasSubstr("SQLSTATE")));
}

TEST(StatusFromSqlState, KeepsStoredValuesOutOfTheMessage) {
  const absl::Status status =
      StatusFromSqlState("inserting an order", "23505",
                         "duplicate key\nDETAIL:  Key (email)=(ann@example.org) already exists.");

  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(Message(status), HasSubstr("duplicate key"));
  EXPECT_THAT(Message(status), Not(HasSubstr("ann@example.org")));
}

}  // namespace
}  // namespace orderflow::postgres
