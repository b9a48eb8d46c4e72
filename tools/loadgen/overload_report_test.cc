// Proves how an overload run is judged: goodput against the peak, the time of those who were
// admitted, and the first second after which all is well again.

#include "tools/loadgen/overload_report.h"

#include <gtest/gtest.h>

namespace orderflow::loadgen {
namespace {

constexpr Moment kMs = 1'000;
constexpr Moment kSecond = 1'000 * kMs;
// One order every 100 ms: ten seconds each of peak, overload and recovery.
constexpr OverloadPhases kPhases{.peak_start = 0,
                                 .overload_start = 10 * kSecond,
                                 .recovery_start = 20 * kSecond,
                                 .end = 30 * kSecond};
constexpr size_t kOrders = 300;

std::vector<OrderLog> AllConfirmed() {
  std::vector<OrderLog> orders(kOrders);
  for (size_t i = 0; i < kOrders; ++i) {
    orders[i].intended = static_cast<Moment>(i) * 100 * kMs;
    orders[i].answered = orders[i].intended + 10 * kMs;
    orders[i].confirmed = orders[i].intended + 50 * kMs;
  }
  return orders;
}

void Refuse(OrderLog& order) {
  order.answered = 0;
  order.confirmed = 0;
  order.failed = true;
  order.refused = order.intended + 2 * kMs;
}

TEST(OverloadReport, OfASystemThatTakesEverything) {
  const OverloadReport report = EvaluateOverload(AllConfirmed(), kPhases);

  EXPECT_DOUBLE_EQ(report.peak_per_second, 10);
  EXPECT_DOUBLE_EQ(report.goodput_ratio, 1);
  EXPECT_DOUBLE_EQ(report.sent_share, 1);
  EXPECT_DOUBLE_EQ(report.admitted_p99_ms, 10);
  EXPECT_DOUBLE_EQ(report.recovery_seconds, 0);
}

TEST(OverloadReport, CountsWhatWasRefusedAndWhatWasNotEvenSent) {
  std::vector<OrderLog> orders = AllConfirmed();
  for (size_t i = 100; i < 150; ++i) {
    Refuse(orders[i]);
  }
  for (size_t i = 150; i < 175; ++i) {
    Refuse(orders[i]);
    orders[i].refused = 0;
    orders[i].not_sent = true;
  }

  const OverloadReport report = EvaluateOverload(orders, kPhases);

  EXPECT_DOUBLE_EQ(report.goodput_ratio, 0.25);
  EXPECT_DOUBLE_EQ(report.sent_share, 0.75);
  EXPECT_DOUBLE_EQ(report.refused_p99_ms, 2);
}

TEST(OverloadReport, RecoveryEndsWithTheLastSecondThatIsAmiss) {
  std::vector<OrderLog> orders = AllConfirmed();
  Refuse(orders[205]);                                         // in second 0 of the recovery
  orders[231].confirmed = orders[231].intended + 2 * kSecond;  // late, in second 3

  EXPECT_DOUBLE_EQ(EvaluateOverload(orders, kPhases).recovery_seconds, 4);

  Refuse(orders[299]);
  EXPECT_DOUBLE_EQ(EvaluateOverload(orders, kPhases).recovery_seconds, -1);
}

}  // namespace
}  // namespace orderflow::loadgen
