#pragma once

#include <string>

#include "orderflow/order/v1/event_admin_service.pb.h"
#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// How far a republication is, in one line: "12 events of 9 orders".
struct RepublicationTotals {
  int64_t events = 0;
  int64_t orders = 0;
};
void Count(const order::v1::EventRepublication& part, RepublicationTotals& totals);
std::string TotalsText(const RepublicationTotals& totals, bool dry_run);

// One part, in one line; nothing for one that had nothing to send.
std::string RepublicationText(const order::v1::EventRepublication& part);

std::string RepublicationLogText(const order::v1::ListEventRepublicationsResponse& page,
                                 const Terminal& terminal);

}  // namespace orderflow::orderctl
