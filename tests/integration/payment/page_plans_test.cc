// Proves that a page of a long list starts in the index: the plan that serves every page, made
// while the table was empty, reads no row before it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "fmt/format.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/provider_migrations.h"
#include "services/payment/persistence/postgres_payment_books.h"
#include "services/payment/persistence/postgres_payment_store.h"
#include "services/payment_provider_simulator/persistence/postgres_book_store.h"
#include "tests/integration/payment/payment_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::TemporaryDatabase;
using ::testing::HasSubstr;
using ::testing::Not;

// One connection, so that it has the statements that were just prepared.
postgres::PoolOptions OneConnection(const TemporaryDatabase& database) {
  postgres::PoolOptions options = database.PoolOptions();
  options.size_max = 1;
  return options;
}

// The plan of a statement that the pool's connection has prepared.
std::string PlanOf(postgres::Pool& pool, const std::string& call) {
  const std::string sql = "EXPLAIN EXECUTE " + call;
  std::string plan;
  const absl::Status status = pool.RunReadOnly([&](postgres::Transaction& transaction)
                                                   -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute({"test_explain", sql.c_str()}));
    for (const postgres::Row row : rows) {
      plan += row.String(0) + "\n";
    }
    return absl::OkStatus();
  });
  EXPECT_THAT(status, IsOk());
  return plan;
}

TEST(PagePlans, OrdersOfTheReconciler) {
  PaymentDatabase database;
  postgres::Pool pool(OneConnection(database.raw()));
  const SystemClock clock;
  PostgresPaymentStore store(clock);
  PostgresPaymentBooks books(pool, store);
  ASSERT_THAT(books.ListOrders(OrderId(""), 10), IsOk());

  EXPECT_THAT(PlanOf(pool, fmt::format("payment_books_orders('{}', 10)", postgres::kBeforeEveryId)),
              HasSubstr("Index Cond: (order_id > $1)"));
}

TEST(PagePlans, TheProvidersBooks) {
  TemporaryDatabase database({&migrations::ProviderMigrations()});
  postgres::Pool pool(OneConnection(database));
  payment_provider_simulator::PostgresBookStore store(pool);
  ASSERT_THAT(store.List({.limit = 10}), IsOk());

  EXPECT_THAT(PlanOf(pool, fmt::format("books_list('{}', 10)", postgres::kBeforeEveryId)),
              HasSubstr("Index Cond: (reference > $1)"));
}

// Found by the payments, not by where the page starts.
TEST(PagePlans, TheProvidersBooksOfSomePayments) {
  TemporaryDatabase database({&migrations::ProviderMigrations()});
  postgres::Pool pool(OneConnection(database));
  payment_provider_simulator::PostgresBookStore store(pool);
  ASSERT_THAT(store.List({.payment_references = {"a"}, .limit = 10}), IsOk());

  const std::string plan = PlanOf(
      pool, fmt::format("books_list_of_payments('{}', 10, '{{a}}')", postgres::kBeforeEveryId));

  EXPECT_THAT(plan, HasSubstr("operations_by_payment"));
  EXPECT_THAT(plan, Not(HasSubstr("operations_pkey")));
}

}  // namespace
}  // namespace orderflow::payment::testing
