// The command line client of Orderflow. Talks to the public APIs only; `verify` reads the
// databases.
#include <cstdio>
#include <exception>
#include <string>

#include "CLI/CLI.hpp"
#include "libs/service/version.h"
#include "tools/orderctl/dead_letter_commands.h"
#include "tools/orderctl/demo_command.h"
#include "tools/orderctl/event_commands.h"
#include "tools/orderctl/exit_code.h"
#include "tools/orderctl/item_commands.h"
#include "tools/orderctl/notification_commands.h"
#include "tools/orderctl/order_commands.h"
#include "tools/orderctl/payment_commands.h"
#include "tools/orderctl/saga_commands.h"
#include "tools/orderctl/session.h"
#include "tools/orderctl/smoke_command.h"
#include "tools/orderctl/step_commands.h"
#include "tools/orderctl/verify_command.h"

namespace orderflow::orderctl {
namespace {

constexpr char kFooter[] =
    "Exit codes: 0 done; 1 refused or failed by the server; 2 wrong usage; 3 unreachable, "
    "overloaded, out of time, or not known whether it was done.\n"
    "ORDERFLOW_PORT_SHIFT moves the default ports; NO_COLOR turns colour off.";

int Main(int argc, char** argv) {
  CLI::App app("orderctl places, shows and follows orders of Orderflow");
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(kFooter);
  app.set_version_flag("--version", std::string("orderctl ") + service::kVersion,
                       "Print version and commit");
  Session session(app);
  AddOrderCommands(app, session);
  AddItemCommands(app, session);
  AddPaymentCommands(app, session);
  AddNotificationCommands(app, session);
  AddSagaCommands(app, session);
  AddStepCommands(app, session);
  AddEventCommands(app, session);
  AddDeadLetterCommands(app, session);
  AddDemoCommand(app, session);
  AddSmokeCommand(app, session);
  AddVerifyCommand(app, session);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  return session.Run();
}

}  // namespace
}  // namespace orderflow::orderctl

int main(int argc, char** argv) {
  try {
    return orderflow::orderctl::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return orderflow::orderctl::kExitRefused;
  }
}
