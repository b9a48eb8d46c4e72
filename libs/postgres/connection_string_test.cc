// Proves that every connection carries our timeouts whatever form its URL has, and that passwords
// do not get into messages.
#include "libs/postgres/connection_string.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::postgres {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const SessionSettings kSettings{"order-service", std::chrono::milliseconds(5000),
                                std::chrono::milliseconds(1000)};

TEST(CompleteConnectionString, AddsSettingsToAUri) {
  const std::string completed =
      CompleteConnectionString("postgresql://u:p@127.0.0.1:15432/orders", kSettings);

  EXPECT_THAT(
      completed,
      StartsWith("postgresql://u:p@127.0.0.1:15432/orders?application_name=order-service&"));
  EXPECT_THAT(completed, HasSubstr("&connect_timeout=2&tcp_user_timeout=5000&"));
  EXPECT_THAT(completed, HasSubstr("statement_timeout%3D5000"));
  EXPECT_THAT(completed, HasSubstr("lock_timeout%3D1000"));
}

// A checker holds one database's snapshot while another one sorts a table.
TEST(CompleteConnectionString, LetsReadersOfWholeTablesWaitAsLongAsAStatementMayTake) {
  const std::string reader = CompleteConnectionString(
      "host=h", {"checker", std::chrono::minutes(10), std::chrono::seconds(1), true});

  EXPECT_THAT(reader, HasSubstr("-c idle_in_transaction_session_timeout=600000 "));
  EXPECT_THAT(reader, HasSubstr("-c plan_cache_mode=force_custom_plan "));
  EXPECT_THAT(CompleteConnectionString("host=h", kSettings),
              HasSubstr("-c idle_in_transaction_session_timeout=10000 "));
}

TEST(CompleteConnectionString, ContinuesAnExistingQuery) {
  EXPECT_THAT(CompleteConnectionString("postgresql://h/d?sslmode=require", kSettings),
              StartsWith("postgresql://h/d?sslmode=require&application_name="));
}

TEST(CompleteConnectionString, AddsSettingsToKeywords) {
  const std::string completed = CompleteConnectionString("host=h dbname=d", {"o'rder", {}, {}});

  EXPECT_THAT(completed, StartsWith("host=h dbname=d application_name='o\\'rder' "));
  EXPECT_THAT(completed, EndsWith("-c statement_timeout=0 -c lock_timeout=0'"));
}

TEST(UserOf, FindsAndDecodesTheUser) {
  EXPECT_EQ(UserOf("postgresql://order_service:pw@h/d"), "order_service");
  EXPECT_EQ(UserOf("postgres://a%40b@h/d"), "a@b");
  EXPECT_EQ(UserOf("postgresql://h/d"), "");
  EXPECT_EQ(UserOf("host=h"), "");
}

}  // namespace
}  // namespace orderflow::postgres
