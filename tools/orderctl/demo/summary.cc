#include "tools/orderctl/demo/summary.h"

#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "tools/orderctl/render.h"

namespace orderflow::orderctl {
namespace {

constexpr size_t kUnexpectedShown = 10;  // lines; the rest is counted

std::string StateName(order::v1::OrderState state) {
  return ShortName(order::v1::OrderState_Name(state), "ORDER_STATE_");
}

std::string ErrorOf(const DemoOrder& order) {
  const absl::Status& error = order.error.ok() ? order.look_error : order.error;
  return error.ok() ? "" : fmt::format(": {}", Message(error));
}

void Add(const DemoOrder& order, DemoSummary& summary) {
  summary.retries += order.retries;
  if (order.order_id.empty()) {
    ++summary.not_accepted;
    summary.unexpected.push_back(fmt::format("#{} ({}) was not accepted{}", order.index,
                                             NameOf(order.scenario), ErrorOf(order)));
    return;
  }
  ++summary.accepted;
  if (!order.at_rest) {
    ++summary.not_at_rest;
    summary.unexpected.push_back(fmt::format("#{} {} ({}) is still {}{}", order.index,
                                             order.order_id, NameOf(order.scenario),
                                             StateName(order.state), ErrorOf(order)));
    return;
  }
  summary.confirmed += order.state == order::v1::ORDER_STATE_CONFIRMED ? 1 : 0;
  summary.rejected += order.state == order::v1::ORDER_STATE_REJECTED ? 1 : 0;
  summary.cancelled += order.state == order::v1::ORDER_STATE_CANCELLED ? 1 : 0;
  if (order.state != ExpectedState(order.scenario)) {
    summary.unexpected.push_back(fmt::format("#{} {} ({}) ended {}{}", order.index, order.order_id,
                                             NameOf(order.scenario), StateName(order.state),
                                             ErrorOf(order)));
  }
}

}  // namespace

bool DemoSummary::Reconciles() const {
  return accepted == orders && accepted == confirmed + rejected + cancelled && listed == accepted &&
         missing == 0 && unexpected.empty();
}

DemoSummary Summarize(const std::vector<DemoOrder>& orders, Duration elapsed) {
  DemoSummary summary;
  summary.orders = static_cast<int>(orders.size());
  summary.elapsed = elapsed;
  for (const DemoOrder& order : orders) {
    Add(order, summary);
  }
  return summary;
}

void CountListed(OrderApi& api, const std::vector<std::string>& customers,
                 const std::vector<DemoOrder>& orders, DemoSummary& summary) {
  std::multiset<std::string> listed;
  for (const std::string& customer : customers) {
    const absl::StatusOr<std::vector<std::string>> ids = api.List(customer);
    if (!ids.ok()) {
      summary.listed = -1;
      summary.unexpected.push_back(
          fmt::format("orders of {} could not be listed: {}", customer, Message(ids.status())));
      return;
    }
    listed.insert(ids->begin(), ids->end());
  }
  summary.listed = static_cast<int>(listed.size());
  summary.missing =
      static_cast<int>(std::count_if(orders.begin(), orders.end(), [&](const DemoOrder& order) {
        return !order.order_id.empty() && listed.count(order.order_id) != 1;
      }));
}

std::string SummaryText(const DemoSummary& summary, const Terminal& terminal) {
  const double seconds = static_cast<double>(summary.elapsed.count()) / 1e6;
  std::string text = fmt::format(
      "placed     {} orders in {:.1f} s ({:.0f}/s), {} calls repeated\n"
      "accepted   {}\nconfirmed  {}\nrejected   {}\ncancelled  {}\n",
      summary.orders, seconds, seconds > 0 ? summary.orders / seconds : 0, summary.retries,
      summary.accepted, terminal.Paint(Colour::kGreen, std::to_string(summary.confirmed)),
      terminal.Paint(Colour::kRed, std::to_string(summary.rejected)),
      terminal.Paint(Colour::kYellow, std::to_string(summary.cancelled)));
  for (size_t i = 0; i < std::min(summary.unexpected.size(), kUnexpectedShown); ++i) {
    text +=
        fmt::format("{} {}\n", terminal.Paint(Colour::kRed, "unexpected:"), summary.unexpected[i]);
  }
  if (summary.unexpected.size() > kUnexpectedShown) {
    text += fmt::format("... and {} more\n", summary.unexpected.size() - kUnexpectedShown);
  }
  const std::string verdict = summary.Reconciles()
                                  ? terminal.Paint(Colour::kGreen, "reconciles:")
                                  : terminal.Paint(Colour::kRed, "DOES NOT RECONCILE:");
  return text + fmt::format(
                    "{} accepted {} {} confirmed {} + rejected {} + cancelled {}; not at rest {}; "
                    "listed {}; missing {}\n",
                    verdict, summary.accepted, summary.Reconciles() ? "=" : "vs", summary.confirmed,
                    summary.rejected, summary.cancelled, summary.not_at_rest, summary.listed,
                    summary.missing);
}

std::string SummaryJson(const DemoSummary& summary) {
  return nlohmann::json{{"orders", summary.orders},
                        {"accepted", summary.accepted},
                        {"notAccepted", summary.not_accepted},
                        {"confirmed", summary.confirmed},
                        {"rejected", summary.rejected},
                        {"cancelled", summary.cancelled},
                        {"notAtRest", summary.not_at_rest},
                        {"listed", summary.listed},
                        {"missing", summary.missing},
                        {"retries", summary.retries},
                        {"elapsedMs", summary.elapsed.count() / 1000},
                        {"unexpected", summary.unexpected},
                        {"reconciles", summary.Reconciles()}}
      .dump();
}

}  // namespace orderflow::orderctl
