// Proves that a run's cursor is read back as it was written, and that nothing else is taken for
// one: it comes back from clients.
#include "services/payment/reconciliation/reconciliation_cursor.h"

#include <gtest/gtest.h>

#include <chrono>

#include "libs/testing/status_matchers.h"

namespace orderflow::payment {
namespace {

using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;

TEST(ReconciliationCursor, IsReadBack) {
  const Timestamp start(std::chrono::hours(24 * 20000));
  const ReconciliationCursor books{start, ReconciliationCursor::Stage::kBooks, "a/token=="};
  const ReconciliationCursor payments{start, ReconciliationCursor::Stage::kPayments,
                                      "0190e000-0000-7000-8000-000000000001"};
  const ReconciliationCursor begun{start, ReconciliationCursor::Stage::kPayments, ""};

  EXPECT_THAT(ParseCursor(ToString(books)), IsOkAndHolds(books));
  EXPECT_THAT(ParseCursor(ToString(payments)), IsOkAndHolds(payments));
  EXPECT_THAT(ParseCursor(ToString(begun)), IsOkAndHolds(begun));
}

TEST(ReconciliationCursor, RefusesWhatIsNone) {
  for (const char* text : {"", "1", "1/books", "x/books/", "-1/books/", "1/orders/", "/books/",
                           "1/payments/not-an-id"}) {
    EXPECT_THAT(ParseCursor(text), StatusIs(absl::StatusCode::kInvalidArgument)) << text;
  }
}

}  // namespace
}  // namespace orderflow::payment
