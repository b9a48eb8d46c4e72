// Proves that the comparison of orders with the log of their events sees each event that is
// missing, too many or of a stranger, and nothing in a good round.
#include "tests/fault/event_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::fault {
namespace {

using order::v1::Order;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Order AnOrder(const std::string& id, int64_t sequence) {
  Order order;
  order.set_order_id(id);
  order.set_sequence(sequence);
  return order;
}

TEST(CompareEvents, FindsNothingWhenEveryChangeIsThere) {
  EXPECT_THAT(CompareEvents({AnOrder("a", 2), AnOrder("b", 3)},
                            {{"a", {1, 2}}, {"b", {1, 2, 3}}, {"of-an-earlier-round", {1, 2}}},
                            {"a", "b", "of-an-earlier-round"}),
              IsEmpty());
}

TEST(CompareEvents, SeesAnEventThatIsMissing) {
  EXPECT_THAT(CompareEvents({AnOrder("a", 3)}, {{"a", {1, 3}}}, {"a"}),
              ElementsAre(HasSubstr("event 2 of 3 is not in order.events")));
}

TEST(CompareEvents, SeesAnOrderWithoutAnyEvent) {
  EXPECT_THAT(CompareEvents({AnOrder("a", 1)}, {}, {"a"}), ElementsAre(HasSubstr("event 1 of 1")));
}

TEST(CompareEvents, SeesAnEventBeyondTheLastChange) {
  EXPECT_THAT(CompareEvents({AnOrder("a", 1)}, {{"a", {1, 2}}}, {"a"}),
              ElementsAre(HasSubstr("event 2 in order.events, but its last change is 1")));
}

TEST(CompareEvents, SeesAnOrderThatNobodyKnows) {
  EXPECT_THAT(CompareEvents({AnOrder("a", 1)}, {{"a", {1}}, {"ghost", {1}}}, {"a"}),
              ElementsAre(HasSubstr("1 events of order ghost, which nobody knows")));
}

}  // namespace
}  // namespace orderflow::fault
