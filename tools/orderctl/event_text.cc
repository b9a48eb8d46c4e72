#include "tools/orderctl/event_text.h"

#include "fmt/format.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/table.h"

namespace orderflow::orderctl {

using order::v1::EventRepublication;

void Count(const EventRepublication& part, RepublicationTotals& totals) {
  totals.events += part.events();
  totals.orders += part.orders();
}

std::string TotalsText(const RepublicationTotals& totals, bool dry_run) {
  return fmt::format("{} events of {} orders {}", totals.events, totals.orders,
                     dry_run ? "would be published again" : "published again");
}

std::string RepublicationText(const EventRepublication& part) {
  if (part.events() == 0) {
    return "";
  }
  return fmt::format(
      "{} events of {} orders up to {}\n", part.events(), part.orders(),
      part.last_order_id().empty() ? "the last one" : "order " + part.last_order_id());
}

std::string RepublicationLogText(const order::v1::ListEventRepublicationsResponse& page,
                                 const Terminal& terminal) {
  Table table({"TIME", "FROM", "TO", "WHO", "WHY", "EVENTS", "ORDERS", "REQUEST"});
  for (const EventRepublication& part : page.republications()) {
    table.AddRow({TimeText(part.create_time()), TimeText(part.request().from_time()),
                  TimeText(part.request().to_time()), part.request().actor(),
                  part.request().reason(), std::to_string(part.events()),
                  std::to_string(part.orders()), part.request().request_id()});
  }
  return table.Render(terminal, "no events were published again");
}

}  // namespace orderflow::orderctl
