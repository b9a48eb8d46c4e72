#include "tools/orderctl/demo_command.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include "CLI/CLI.hpp"
#include "tools/orderctl/demo/catalogue.h"
#include "tools/orderctl/demo/demo_run.h"
#include "tools/orderctl/demo/order_api.h"
#include "tools/orderctl/demo/progress_bar.h"
#include "tools/orderctl/demo/summary.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/session.h"

namespace orderflow::orderctl {
namespace {

struct DemoArguments {
  int orders = 100;
  int concurrency = 32;
  int within_seconds = 120;
};

// Part of the customer ids, so that a run's orders can be told from those of other runs.
std::string NewRunName() { return NewId().substr(24); }

ExitCode Demo(const Session& session, const DemoArguments& arguments) {
  const absl::Status stocked = StockDemoCatalogue(session.Connect(session.addresses().inventory),
                                                  arguments.orders, session.timeout());
  if (!stocked.ok()) {
    return session.Fail(stocked);
  }
  const std::unique_ptr<OrderApi> api =
      MakeGrpcOrderApi(session.Connect(session.addresses().order), session.timeout());
  DemoOptions options;
  options.orders = arguments.orders;
  options.concurrency = arguments.concurrency;
  options.run = NewRunName();
  options.timeout = std::chrono::seconds(arguments.within_seconds);
  ProgressBar bar(arguments.orders);
  const auto started = std::chrono::steady_clock::now();
  const std::vector<DemoOrder> orders =
      RunDemo(*api, options, [&](const DemoProgress& progress) { bar.Show(progress); });
  const auto elapsed =
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - started);
  bar.Finish();
  DemoSummary summary = Summarize(orders, elapsed);
  CountListed(*api, CustomersOf(options.run, options.orders), orders, summary);
  const std::string text =
      session.json() ? SummaryJson(summary) + "\n" : SummaryText(summary, session.terminal());
  std::fputs(text.c_str(), stdout);
  return summary.Reconciles() ? kExitOk : kExitRefused;
}

}  // namespace

void AddDemoCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<DemoArguments>();
  CLI::App* command = app.add_subcommand(
      "demo",
      "Place mixed orders at once (confirmed, declined, out of stock, cancelled, slow, unanswered "
      "payments), follow them to their end and reconcile; exit 1 when it does not add up");
  command->add_option("--orders", arguments->orders, "How many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--concurrency", arguments->concurrency, "Orders being placed at once")
      ->check(CLI::Range(1, 512))
      ->capture_default_str();
  command->add_option("--within", arguments->within_seconds, "Seconds until all must be at rest")
      ->check(CLI::Range(1, 86'400))
      ->capture_default_str();
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] { return Demo(session, *arguments); });
  });
}

}  // namespace orderflow::orderctl
