// Proves how processes start and stop: wrong settings are all named at once, and a database whose
// schema is too old makes the process not ready instead of crashing it. And what the checker's
// roles may do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "fmt/format.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using ::testing::HasSubstr;

class Processes : public ::testing::TestWithParam<const char*> {};

TEST_P(Processes, RefuseToStartNamingEveryWrongSetting) {
  const Stack::Result result = Stack::Get().Run(fmt::format(
      "env -i ORDERFLOW_GRPC_LISTEN=nowhere ORDERFLOW_DATABASE_POOL_SIZE=many "
      "ORDERFLOW_LOG_LEVEL=loud ORDERFLOW_NO_SUCH_SETTING=1 \"$ORDERFLOW_BUILD_DIR\"/bin/{}",
      GetParam()));

  EXPECT_EQ(result.exit_code, 2);
  for (const char* name :
       {"ORDERFLOW_GRPC_LISTEN", "ORDERFLOW_DATABASE_POOL_SIZE", "ORDERFLOW_LOG_LEVEL",
        "ORDERFLOW_NO_SUCH_SETTING", "ORDERFLOW_DATABASE_URL"}) {
    EXPECT_THAT(result.output, HasSubstr(name));
  }
}

TEST_P(Processes, ExplainTheirSettings) {
  const Stack::Result result =
      Stack::Get().Run(fmt::format("env -i \"$ORDERFLOW_BUILD_DIR\"/bin/{} --help", GetParam()));

  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("ORDERFLOW_DATABASE_URL"));
  EXPECT_THAT(result.output, HasSubstr("--migrate"));
}

INSTANTIATE_TEST_SUITE_P(Each, Processes,
                         ::testing::Values("order-service", "saga-orchestrator", "payment-service",
                                           "inventory-service", "notification-service",
                                           "payment-provider-simulator"),
                         [](const auto& tested) {
                           std::string name = tested.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Process, IsNotReadyOnASchemaThatIsTooOld) {
  const Stack::Result result = Stack::Get().Run("tests/e2e/start_on_old_schema.sh");

  EXPECT_THAT(result.output, HasSubstr("503"));
  EXPECT_THAT(result.output, HasSubstr("--migrate"));
  EXPECT_THAT(result.output, HasSubstr("still running"));
  EXPECT_THAT(result.output, HasSubstr("stopped cleanly"));
}

Stack::Result AskAsChecker(const char* database, const char* statement) {
  return Stack::Get().Run(fmt::format(
      "psql -X \"${{ORDERFLOW_VERIFY_ORDERS_URL%/orders}}/{}\" -c '{}' 2>&1", database, statement));
}

TEST(Roles, TheCheckerReadsOneDatabaseAndWritesNothing) {
  EXPECT_EQ(AskAsChecker("orders", "SELECT COUNT(*) FROM orders").exit_code, 0);
  EXPECT_THAT(AskAsChecker("orders", "DELETE FROM orders").output,
              HasSubstr("permission denied for table orders"));
  EXPECT_THAT(AskAsChecker("payments", "SELECT 1").output,
              HasSubstr("permission denied for database"));
}

}  // namespace
}  // namespace orderflow::e2e
