// Proves what the database itself refuses, whatever the code does: ledger rows that do not balance
// a capture, changes of the ledger, second operations, impossible states; and the reads of the API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;

class PaymentPersistence : public ::testing::Test {
 protected:
  absl::Status Execute(const char* sql) {
    postgres::Pool pool(database_.raw().PoolOptions());
    return pool.RunInTransaction([&](postgres::Transaction& transaction) {
      return transaction.Execute({"test_statement", sql}).status();
    });
  }

  PaymentDatabase database_;
};

constexpr char kCapture[] =
    "INSERT INTO ledger_transfers VALUES ('0190e000-0000-7000-8000-000000000001', 'CAPTURE', "
    "'assets:provider',"
    " 'income:sales', 'EUR', 4200)";

TEST_F(PaymentPersistence, LedgerTakesARefundOnlyOfItsCapture) {
  constexpr char kRefund[] =
      "INSERT INTO ledger_transfers VALUES ('0190e000-0000-7000-8000-000000000001', 'REFUND', "
      "'income:sales',"
      " 'assets:provider', 'EUR', 4200)";
  constexpr char kOtherAmount[] =
      "INSERT INTO ledger_transfers VALUES ('0190e000-0000-7000-8000-000000000001', 'REFUND', "
      "'income:sales',"
      " 'assets:provider', 'EUR', 4199)";

  EXPECT_THAT(Execute(kRefund), StatusIs(absl::StatusCode::kFailedPrecondition));
  ASSERT_THAT(Execute(kCapture), IsOk());
  EXPECT_THAT(Execute(kOtherAmount), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(Execute(kRefund), IsOk());
  EXPECT_THAT(Execute(kRefund), StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(PaymentPersistence, LedgerIsAppendOnlyForTheService) {
  ASSERT_THAT(Execute(kCapture), IsOk());

  EXPECT_FALSE(Execute("UPDATE ledger_transfers SET amount_minor = 1").ok());
  EXPECT_FALSE(Execute("DELETE FROM ledger_transfers").ok());
  EXPECT_FALSE(Execute("DELETE FROM payments").ok());
}

TEST_F(PaymentPersistence, ServiceHasNoOtherRightToTheLedgerThanToAddAndRead) {
  constexpr char kRights[] =
      "SELECT string_agg(privilege_type, ' ' ORDER BY privilege_type)"
      " FROM information_schema.role_table_grants"
      " WHERE table_name = 'ledger_transfers' AND grantee = '";

  EXPECT_EQ(
      database_.raw().QueryText(kRights + database_.raw().migration_target().runtime_role + "'"),
      "INSERT SELECT");
  EXPECT_FALSE(Execute("TRUNCATE ledger_transfers").ok());
  EXPECT_FALSE(Execute("ALTER TABLE ledger_transfers DISABLE TRIGGER ALL").ok());
  EXPECT_FALSE(Execute("DROP TABLE ledger_transfers").ok());
}

// A row is a whole transaction, one amount in one currency on both sides: what is refused here is
// all that could keep it from summing to zero.
TEST_F(PaymentPersistence, LedgerRefusesWhatDoesNotBalance) {
  const auto insert = [this](const char* debit, const char* amount) {
    const std::string sql =
        std::string("INSERT INTO ledger_transfers SELECT gen_random_uuid(), 'CAPTURE', ") + debit +
        ", 'income:sales', 'JPY', " + amount;
    return Execute(sql.c_str());
  };

  ASSERT_THAT(Execute(kCapture), IsOk());
  ASSERT_THAT(insert("'assets:provider'", "1"), IsOk());
  EXPECT_THAT(insert("'income:sales'", "1"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(insert("'assets:provider'", "0"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(insert("'assets:provider'", "-1"), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(insert("NULL", "1").ok());

  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM ledger_transfers"), 2);
}

TEST_F(PaymentPersistence, StoreNoticesAChangeSinceTheLoad) {
  const SystemClock clock{};
  PostgresPaymentStore store(clock);
  postgres::Pool pool(database_.raw().PoolOptions());
  Payment payment;
  payment.order_id = NewOrder();
  payment.customer_id = CustomerId("customer-1");
  payment.amount = {"EUR", 4200};
  payment.state = PaymentState::kAuthorized;
  const auto write = [&](std::vector<PaymentChange> changes) {
    return pool.RunInTransaction(
        [&](postgres::Transaction& transaction) { return store.Store(transaction, changes, {}); });
  };
  ASSERT_THAT(write({{std::nullopt, payment}}), IsOk());
  Payment loaded = payment;
  loaded.version = 1;

  EXPECT_THAT(write({{std::nullopt, payment}}), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(write({{loaded, loaded}}), IsOk());
  EXPECT_THAT(write({{loaded, loaded}}), StatusIs(absl::StatusCode::kAborted));
}

TEST_F(PaymentPersistence, RequestedOperationPastItsLeaseCountsAsUnknown) {
  const SystemClock clock{};
  PostgresPaymentStore store(clock);
  postgres::Pool pool(database_.raw().PoolOptions());
  PostgresOpenOperations operations(pool, store);
  const auto request = [&](Duration lease) {
    Payment payment;
    payment.order_id = NewOrder();
    payment.customer_id = CustomerId("customer-1");
    payment.amount = {"EUR", 4200};
    payment.state = PaymentState::kAuthorizing;
    payment.payment_method_token = "tok_approve";
    payment.operations = {Operation{.kind = OperationKind::kAuthorize,
                                    .state = OperationState::kRequested,
                                    .asked_by = {.saga_id = SagaId(NewOrder().value())},
                                    .next_action_in = lease}};
    const std::vector<PaymentChange> changes{{std::nullopt, payment}};
    return pool.RunInTransaction(
        [&](postgres::Transaction& transaction) { return store.Store(transaction, changes, {}); });
  };
  ASSERT_THAT(request(std::chrono::hours(1)), IsOk());
  EXPECT_EQ(operations.CountUnknown()->count, 0) << "somebody is at it";

  ASSERT_THAT(request(Duration::zero()), IsOk());

  EXPECT_EQ(operations.CountUnknown()->count, 1);
}

TEST_F(PaymentPersistence, ReadsPaymentsPageByPage) {
  ProviderProcess provider;
  PaymentProcess process(database_, provider.address());
  std::vector<OrderId> orders;
  std::vector<messaging::Record> commands;
  for (int i = 0; i < 5; ++i) {
    orders.push_back(NewOrder());
    commands.push_back(
        Authorize(orders.back(), i == 2 ? "tok_decline_expired_card" : "tok_approve"));
  }
  ASSERT_THAT(process.Handle(commands), IsOk());
  ASSERT_THAT(process.StoreOutcomes(5), IsOk());

  const auto one = process.reader().Get(orders[0]);
  const auto page = process.reader().List({.limit = 2});
  const auto next = process.reader().List({.before = page->back().order_id, .limit = 10});
  const auto declined = process.reader().List({.state = PaymentState::kDeclined, .limit = 10});
  const auto of_customer =
      process.reader().List({.customer_id = CustomerId("customer-1"), .limit = 10});
  const auto of_nobody = process.reader().List({.customer_id = CustomerId("nobody"), .limit = 10});

  ASSERT_THAT(one, IsOk());
  ASSERT_EQ(one->operations.size(), 1u);
  EXPECT_EQ(one->operations[0].state, OperationState::kSucceeded);
  EXPECT_FALSE(one->operations[0].provider_reference.empty());
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ((*page)[0].order_id, orders[4]);
  ASSERT_EQ(next->size(), 3u);
  EXPECT_EQ(next->back().order_id, orders[0]);
  ASSERT_EQ(declined->size(), 1u);
  EXPECT_EQ((*declined)[0].order_id, orders[2]);
  EXPECT_EQ(of_customer->size(), 5u);
  EXPECT_TRUE(of_nobody->empty());
  EXPECT_THAT(process.reader().Get(NewOrder()), StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace orderflow::payment::testing
