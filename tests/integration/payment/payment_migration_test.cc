// Proves that operations of before migration 0005 stand in their payment's row after it, as they
// were, that an open one is still found when its time comes, and that a binary of before it can go
// on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/postgres/pool.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/payment_migrations.h"
#include "services/payment/persistence/postgres_payment_store.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kOrder[] = "01a20e43-3bc5-70b7-b022-95910e94137b";
constexpr char kSaga[] = "01a20e43-3bc5-70b7-b022-95910e94137c";
constexpr char kBefore[] = R"sql(
INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, decline_code, void_requested, version)
VALUES ('01a20e43-3bc5-70b7-b022-95910e94137b', 'ann', 'EUR', 500, 'CAPTURING', '', FALSE, 3),
       ('01a20e43-3bc5-70b7-b022-95910e94137d', '', '', 0, 'VOIDED', '', FALSE, 1);
INSERT INTO payment_operations (order_id, kind, idempotency_key, state, provider_reference, decline_code, attempts,
                                next_action_time, last_error, saga_id, step, compensation, attempt, traceparent,
                                create_time, update_time)
SELECT '01a20e43-3bc5-70b7-b022-95910e94137b', kind, '01a20e43-3bc5-70b7-b022-95910e94137b:' || kind, state,
       reference, '', 1, due, error, '01a20e43-3bc5-70b7-b022-95910e94137c', step, FALSE, 2, trace,
       '2026-01-02 03:04:05.25+00'::timestamptz + age, '2026-01-02 03:04:05.25+00'::timestamptz + age
FROM (VALUES ('CAPTURE', 'UNKNOWN', '', now() - interval '1 s', 'no answer', 'capture_payment', '00-a', interval '1 s'),
             ('AUTHORIZE', 'SUCCEEDED', 'r', NULL, '', 'authorize_payment', '', interval '0'))
     AS o (kind, state, reference, due, error, step, trace, age);
)sql";

class PaymentMigration : public ::testing::Test {
 protected:
  void SetUp() override {
    database_.Run(kBefore);
    ASSERT_THAT(postgres::Migrate(database_.migration_target(), {&migrations::PaymentMigrations()}),
                IsOk());
  }

  static postgres::MigrationSet Before() {
    const postgres::MigrationSet& all = migrations::PaymentMigrations();
    return {all.component, {all.migrations.begin(), all.migrations.begin() + 4}};
  }

  const postgres::MigrationSet before_ = Before();
  orderflow::testing::TemporaryDatabase database_{{&before_}};
  const SystemClock clock_{};
};

TEST_F(PaymentMigration, KeepsOperationsAsTheyWere) {
  postgres::Pool pool(database_.PoolOptions());

  const auto payment = PostgresPaymentReader(pool).Get(OrderId(kOrder));

  ASSERT_THAT(payment, IsOk());
  ASSERT_THAT(payment->operations, SizeIs(2));
  const Operation& authorization = payment->operations[0];
  EXPECT_EQ(authorization.kind, OperationKind::kAuthorize);
  EXPECT_EQ(authorization.state, OperationState::kSucceeded);
  EXPECT_EQ(authorization.provider_reference, "r");
  const Operation& capture = payment->operations[1];
  EXPECT_EQ(capture.kind, OperationKind::kCapture);
  EXPECT_EQ(capture.state, OperationState::kUnknown);
  EXPECT_EQ(capture.last_error, "no answer");
  EXPECT_EQ(capture.attempts, 1);
  EXPECT_EQ(capture.asked_by, (StepRef{SagaId(kSaga), "capture_payment", false, 2, "00-a"}));
  EXPECT_EQ(capture.create_time - authorization.create_time, std::chrono::seconds(1));
  EXPECT_THAT(PostgresPaymentReader(pool).Get(OrderId("01a20e43-3bc5-70b7-b022-95910e94137d")),
              IsOkAndHolds(::testing::Field(&Payment::operations, IsEmpty())));
}

TEST_F(PaymentMigration, OpenOperationIsClaimedWhenItIsDue) {
  postgres::Pool pool(database_.PoolOptions());
  PostgresPaymentStore store(clock_);

  const auto claimed = PostgresOpenOperations(pool, store).ClaimDue(10, std::chrono::seconds(10));

  ASSERT_THAT(claimed, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ(claimed->front().order_id, OrderId(kOrder));
  EXPECT_EQ(claimed->front().kind, OperationKind::kCapture);
}

// The statements of a payment-service of before: it reads, claims and writes through the view.
TEST_F(PaymentMigration, ABinaryOfBeforeGoesOn) {
  postgres::Pool pool(database_.PoolOptions());
  const auto run = [&](const char* sql) {
    return pool.RunInTransaction([&](postgres::Transaction& transaction) {
      return transaction.Execute({sql, sql}).status();  // each its own statement
    });
  };

  ASSERT_THAT(
      run("WITH due AS (SELECT order_id, kind FROM payment_operations WHERE next_action_time <= "
          "now()"
          " ORDER BY next_action_time LIMIT 5 FOR UPDATE SKIP LOCKED)"
          " UPDATE payment_operations o SET next_action_time = clock_timestamp() + interval '1 min'"
          " WHERE o.order_id = ANY(ARRAY(SELECT order_id FROM due))"
          " AND (o.order_id, o.kind) IN (SELECT order_id, kind FROM due)"),
      IsOk());
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM payments WHERE next_action_time > now()"), 1);
  ASSERT_THAT(
      run("UPDATE payment_operations o SET state = n.state, provider_reference = 'r2',"
          " next_action_time = NULL, update_time = now()"
          " FROM unnest(ARRAY['01a20e43-3bc5-70b7-b022-95910e94137b'::uuid], ARRAY['SUCCEEDED'])"
          " AS n(order_id, state) WHERE o.order_id = n.order_id AND o.kind = 'CAPTURE'"
          " AND o.state IN ('REQUESTED', 'UNKNOWN')"),
      IsOk());
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM payments WHERE next_action_time > now()"), 0);
  constexpr char kInsert[] =
      "INSERT INTO payment_operations (order_id, kind, idempotency_key, state, provider_reference,"
      " decline_code, attempts, last_error, saga_id, step, compensation, attempt, traceparent,"
      " next_action_time)"
      " SELECT order_id, 'REFUND', order_id || ':REFUND', 'REQUESTED', '', '', 0, '',"
      " '01a20e43-3bc5-70b7-b022-95910e94137c', 'refund_payment', true, 1, '',"
      " clock_timestamp() FROM payments WHERE amount_minor > 0";
  ASSERT_THAT(run(kInsert), IsOk());
  EXPECT_THAT(run(kInsert), StatusIs(absl::StatusCode::kAlreadyExists));

  const auto payment = PostgresPaymentReader(pool).Get(OrderId(kOrder));
  ASSERT_THAT(payment, IsOk());
  ASSERT_THAT(payment->operations, SizeIs(3));
  EXPECT_EQ(payment->operations[1].state, OperationState::kSucceeded);
  EXPECT_EQ(payment->operations[1].provider_reference, "r2");
  EXPECT_EQ(payment->operations[2].kind, OperationKind::kRefund);
  EXPECT_EQ(payment->operations[2].state, OperationState::kRequested);
  EXPECT_TRUE(payment->operations[2].asked_by.compensation);
}

}  // namespace
}  // namespace orderflow::payment::testing
