#include "tools/orderctl/smoke.h"

#include <algorithm>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tools/orderctl/render.h"

namespace orderflow::orderctl {
namespace {

std::string StateName(order::v1::OrderState state) {
  return ShortName(order::v1::OrderState_Name(state), "ORDER_STATE_");
}

SmokeCheck CheckEnd(const std::string& name, const DemoOrder& order) {
  if (order.order_id.empty()) {
    return {.name = name,
            .passed = false,
            .detail = fmt::format("the order was not accepted: {}; look at order-service",
                                  Message(order.error))};
  }
  const std::string found = fmt::format("order {} is {}", order.order_id, StateName(order.state));
  if (order.at_rest && order.state == ExpectedState(order.scenario)) {
    return {.name = name, .passed = true, .detail = found};
  }
  return {.name = name,
          .passed = false,
          .detail = fmt::format("{} instead of {}; ask `orderctl saga explain {}`, and look at "
                                "saga-orchestrator, inventory-service and payment-service",
                                found, StateName(ExpectedState(order.scenario)), order.order_id)};
}

}  // namespace

std::vector<SmokeCheck> SmokeChecks(const absl::Status& stocked,
                                    const std::vector<DemoOrder>& orders) {
  if (!stocked.ok()) {
    return {{.name = "stock",
             .passed = false,
             .detail = fmt::format("{}; look at inventory-service", Message(stocked))}};
  }
  std::vector<SmokeCheck> checks = {
      {.name = "stock", .passed = true, .detail = "inventory-service has what is ordered"}};
  for (const DemoOrder& order : orders) {
    checks.push_back(CheckEnd(
        fmt::format("{} order", order.scenario == Scenario::kApproved ? "approved" : "declined"),
        order));
  }
  return checks;
}

std::string SmokeText(const std::vector<SmokeCheck>& checks) {
  std::string text;
  for (const SmokeCheck& check : checks) {
    text += fmt::format("{:<6}  {:<14}  {}\n", check.passed ? "ok" : "FAILED", check.name,
                        check.detail);
  }
  const auto failed = std::find_if(checks.begin(), checks.end(),
                                   [](const SmokeCheck& check) { return !check.passed; });
  return text + (failed == checks.end() ? "smoke: passed\n"
                                        : fmt::format("smoke: failed at: {}\n", failed->name));
}

bool Passed(const std::vector<SmokeCheck>& checks) {
  return std::all_of(checks.begin(), checks.end(),
                     [](const SmokeCheck& check) { return check.passed; });
}

}  // namespace orderflow::orderctl
