#include "tools/orderctl/smoke_command.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "tools/orderctl/demo/catalogue.h"
#include "tools/orderctl/demo/demo_run.h"
#include "tools/orderctl/demo/order_api.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/smoke.h"

namespace orderflow::orderctl {
namespace {

constexpr int kWithinSecondsDefault = 60;

ExitCode Smoke(const Session& session, int within_seconds) {
  const absl::Status stocked = StockDemoCatalogue(session.Connect(session.addresses().inventory),
                                                  kSmokeOrders, session.timeout());
  std::vector<DemoOrder> orders;
  if (stocked.ok()) {
    const std::unique_ptr<OrderApi> api =
        MakeGrpcOrderApi(session.Connect(session.addresses().order), session.timeout());
    DemoOptions options;
    options.orders = kSmokeOrders;
    options.run = "smoke-" + NewId().substr(24);
    options.timeout = std::chrono::seconds(within_seconds);
    orders = RunDemo(*api, options, [](const DemoProgress&) {});
  }
  const std::vector<SmokeCheck> checks = SmokeChecks(stocked, orders);
  std::fputs(SmokeText(checks).c_str(), stdout);
  return Passed(checks) ? kExitOk : kExitRefused;
}

}  // namespace

void AddSmokeCommand(CLI::App& app, Session& session) {
  auto within_seconds = std::make_shared<int>(kWithinSecondsDefault);
  CLI::App* command = app.add_subcommand(
      "smoke",
      "Place an order that is confirmed and one whose payment is declined, and wait for both; exit "
      "1 with the name of the check that failed");
  command->add_option("--within", *within_seconds, "Seconds until both must be at rest")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  command->callback([&session, within_seconds] {
    session.SetAction([&session, within_seconds] { return Smoke(session, *within_seconds); });
  });
}

}  // namespace orderflow::orderctl
