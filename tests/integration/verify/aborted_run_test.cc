// Proves that nothing counts twice when the server aborts a transaction of the checker and the pool
// runs its body again: what the body had collected is dropped, and an order that was visited is not
// visited again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/testing/status_matchers.h"
#include "tests/integration/verify/verification_fixture.h"
#include "tools/verify/fact_stream.h"

namespace orderflow::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// conflict_once(..) aborts the transaction the first time that a session calls it, and then gives
// 0. A session keeps an advisory lock when its transaction is rolled back. STABLE: a view that
// calls it does so only for the rows and columns that are asked for.
constexpr char kConflicts[] = R"sql(
CREATE FUNCTION conflict() RETURNS integer LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'aborted by the test' USING ERRCODE = 'serialization_failure'; END $$;
CREATE FUNCTION conflict_once(text) RETURNS integer STABLE LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()) THEN
    PERFORM pg_advisory_lock(1);
    RETURN conflict();
  END IF;
  RETURN 0;
END $$;
)sql";

postgres::Params NoParams(const FactScope&) { return {}; }

void ApplyNothing(const postgres::Row&, OrderFacts&) {}

class AbortedRunTest : public VerificationFixture {
 protected:
  AbortedRunTest() {
    inventory_.Run(kConflicts);
    payments_.Run(kConflicts);
  }

  // Sessions that run an aborted transaction again.
  static postgres::PoolOptions Persistent(const testing::TemporaryDatabase& database) {
    postgres::PoolOptions options = AsTheChecker(database);
    options.attempts_max = 3;
    return options;
  }

  // One row a page.
  static FactSource Source(postgres::Pool& pool, postgres::Statement declare) {
    return {&pool, declare, {"test_fetch", "FETCH 1 FROM test_rows"}, NoParams, ApplyNothing};
  }

  postgres::Pool payments_again_{Persistent(payments_)};
  postgres::Pool inventory_again_{Persistent(inventory_)};
};

constexpr postgres::Statement kPlain{
    "test_declare_plain",
    "DECLARE test_rows NO SCROLL CURSOR FOR SELECT id FROM unnest(ARRAY['a', 'b', 'c']) AS id "
    "LIMIT 3"};
constexpr postgres::Statement kAbortedOnce{
    "test_declare_aborted_once",
    "DECLARE test_rows NO SCROLL CURSOR FOR SELECT id FROM unnest(ARRAY['a', 'b']) AS id "
    "WHERE conflict_once(id) = 0 LIMIT 2"};
constexpr postgres::Statement kAbortedAtThird{
    "test_declare_aborted_at_third",
    "DECLARE test_rows NO SCROLL CURSOR FOR SELECT CASE id WHEN 'c' THEN conflict()::text ELSE id "
    "END FROM unnest(ARRAY['a', 'b', 'c']) AS id LIMIT 3"};

TEST_F(AbortedRunTest, OpensTheSourcesAgainWhenNothingWasVisited) {
  const std::vector<FactSource> sources = {Source(payments_again_, kPlain),
                                           Source(inventory_again_, kAbortedOnce)};
  std::vector<std::string> visited;

  const absl::Status status = ForEachOrder(
      sources, {}, [&](const OrderFacts& facts) { visited.push_back(facts.order_id); });

  EXPECT_THAT(status, orderflow::testing::IsOk());
  EXPECT_THAT(visited, ElementsAre("a", "b", "c"));
}

TEST_F(AbortedRunTest, VisitsNoOrderTwice) {
  const std::vector<FactSource> sources = {Source(payments_again_, kPlain),
                                           Source(inventory_again_, kAbortedAtThird)};
  for (const std::vector<FactSource>& order :
       {sources, std::vector<FactSource>(sources.rbegin(), sources.rend())}) {
    std::vector<std::string> visited;

    const absl::Status status = ForEachOrder(
        order, {}, [&](const OrderFacts& facts) { visited.push_back(facts.order_id); });

    EXPECT_THAT(status, orderflow::testing::StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_THAT(visited, ElementsAre("a")) << "a page has one row, and c fails when b is taken";
  }
}

// The second ten thousand of orders is read when the pieces of the first have been added up.
TEST_F(AbortedRunTest, AddsUpWhatWasSoldOnce) {
  Demands demands;
  demands.second_look.wait = [](Duration) {};
  Checkpoint checkpoint;
  ASSERT_THAT(VerifyChanges(databases(), demands, checkpoint), orderflow::testing::IsOk());
  AddConfirmed();
  const OrderIds last = {"ffffffff-0000-7000-8000-000000000000", NewIds().saga_id};
  AddConfirmed(last);
  for (int i = 0; i < 10'000; ++i) {
    checkpoint.unsettled.insert(fmt::format("aaaaaaaa-0000-7000-8000-{:012}", i));
  }
  Run(inventory_,
      "ALTER TABLE reservations RENAME TO reservations_table; "
      "CREATE VIEW reservations AS SELECT order_id, saga_id, state, skus, CASE WHEN order_id = "
      "'$order' AND conflict_once(order_id::text) = 1 THEN '{}' ELSE quantities END AS quantities, "
      "expire_time, "
      "xmin FROM reservations_table; GRANT SELECT ON reservations TO PUBLIC",
      last);

  const auto result = VerifyChanges(
      {orders_pool_, payments_pool_, inventory_again_, notifications_pool_, &provider_pool_},
      demands, checkpoint);

  ASSERT_THAT(result, orderflow::testing::IsOk());
  EXPECT_FALSE(result->whole);
  EXPECT_THAT(BrokenIn(*result), IsEmpty());
  EXPECT_EQ(inventory_.QueryInt("SELECT COUNT(*) FROM pg_locks WHERE locktype = 'advisory' AND "
                                "database = (SELECT oid FROM pg_database WHERE datname = "
                                "current_database())"),
            1)
      << "the transaction was aborted once";
}

}  // namespace
}  // namespace orderflow::verify
