// Proves what a person reads about events that are published again.

#include "tools/orderctl/event_text.h"

#include <gmock/gmock.h>

namespace orderflow::orderctl {
namespace {

using ::testing::HasSubstr;

order::v1::EventRepublication APart(int orders, int events, const std::string& last) {
  order::v1::EventRepublication part;
  part.mutable_request()->set_actor("ann");
  part.mutable_request()->set_reason("ticket 9");
  part.mutable_request()->mutable_from_time()->set_seconds(60);
  part.set_orders(orders);
  part.set_events(events);
  part.set_last_order_id(last);
  return part;
}

TEST(EventText, PartsAddUpAndADryRunSaysSo) {
  RepublicationTotals totals;
  Count(APart(2, 5, "o-2"), totals);
  Count(APart(1, 1, ""), totals);

  EXPECT_EQ(TotalsText(totals, /*dry_run=*/true), "6 events of 3 orders would be published again");
  EXPECT_EQ(TotalsText(totals, /*dry_run=*/false), "6 events of 3 orders published again");
}

TEST(EventText, APartSaysHowFarItWentAndAnEmptyOneNothing) {
  EXPECT_EQ(RepublicationText(APart(2, 5, "o-2")), "5 events of 2 orders up to order o-2\n");
  EXPECT_EQ(RepublicationText(APart(2, 5, "")), "5 events of 2 orders up to the last one\n");
  EXPECT_EQ(RepublicationText(APart(0, 0, "o-2")), "");
}

TEST(EventText, TheLogSaysWhoWhyAndWhichInterval) {
  order::v1::ListEventRepublicationsResponse page;
  EXPECT_THAT(RepublicationLogText(page, Terminal(false)),
              HasSubstr("no events were published again"));
  *page.add_republications() = APart(2, 5, "");

  const std::string text = RepublicationLogText(page, Terminal(false));

  for (const char* part : {"ann", "ticket 9", "1970-01-01 00:01:00", "5"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace orderflow::orderctl
