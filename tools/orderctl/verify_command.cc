#include "tools/orderctl/verify_command.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "tools/orderctl/session.h"
#include "tools/verify/findings.h"
#include "tools/verify/verification.h"

namespace orderflow::orderctl {
namespace {

using verify::Databases;
using verify::Demands;
using verify::VerificationResult;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr std::chrono::minutes kStatementTimeout(10);  // one pass over millions of orders
constexpr std::chrono::milliseconds kLookAgain(250);

struct Arguments {
  std::string orders_url, payments_url, inventory_url, notifications_url, provider_url;
  Demands demands;
  int within_seconds = 0;
};

void AddUrl(CLI::App& command, const std::string& database, std::string& url) {
  std::string variable = "ORDERFLOW_VERIFY_" + database + "_URL";
  for (char& letter : variable) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  command
      .add_option(
          "--" + database + "-url", url,
          "postgresql:// address of the database " + database + " for role orderflow_verify")
      ->envname(variable)
      ->group("Databases");
}

// Names every address that is missing, not just the first.
std::string MissingUrls(const Arguments& arguments) {
  std::string missing;
  const auto check = [&](const std::string& url, const char* variable) {
    if (url.empty()) {
      missing += fmt::format("  ORDERFLOW_VERIFY_{}_URL\n", variable);
    }
  };
  check(arguments.orders_url, "ORDERS");
  check(arguments.payments_url, "PAYMENTS");
  check(arguments.inventory_url, "INVENTORY");
  check(arguments.notifications_url, "NOTIFICATIONS");
  check(arguments.provider_url, "PROVIDER");
  return missing;
}

postgres::PoolOptions PoolFor(const std::string& url) {
  postgres::PoolOptions options;
  options.url = url;
  options.application_name = "orderctl-verify";
  options.size_max = 1;
  options.statement_timeout = kStatementTimeout;
  options.reads_whole_tables = true;
  return options;
}

// Waits until nothing is under way or the time is up; what is left then shows as violations.
absl::Status AwaitQuiet(const Databases& databases, const Demands& demands, SteadyTime deadline) {
  while (true) {
    ASSIGN_OR_RETURN(const int64_t under_way, verify::CountUnderWay(databases, demands));
    if (under_way == 0 || std::chrono::steady_clock::now() >= deadline) {
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

// Verifies a system at rest; with time left, again while only notifications are behind.
absl::StatusOr<VerificationResult> VerifyAtRest(const Databases& databases, const Demands& demands,
                                                SteadyTime deadline) {
  RETURN_IF_ERROR(AwaitQuiet(databases, demands, deadline));
  while (true) {
    ASSIGN_OR_RETURN(VerificationResult result, verify::Verify(databases, demands));
    if (verify::CountViolations(result.findings) == 0 ||
        !verify::OnlyNotificationsAreBehind(result) ||
        std::chrono::steady_clock::now() >= deadline) {
      return result;
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

ExitCode Run(const Arguments& arguments, const Session& session) {
  if (const std::string missing = MissingUrls(arguments); !missing.empty()) {
    std::fprintf(stderr, "error: these addresses are missing:\n%s", missing.c_str());
    return kExitUsage;
  }
  postgres::Pool orders(PoolFor(arguments.orders_url));
  postgres::Pool payments(PoolFor(arguments.payments_url));
  postgres::Pool inventory(PoolFor(arguments.inventory_url));
  postgres::Pool notifications(PoolFor(arguments.notifications_url));
  postgres::Pool provider(PoolFor(arguments.provider_url));
  const Databases databases{orders, payments, inventory, notifications, provider};
  const SteadyTime deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(arguments.within_seconds);
  const absl::StatusOr<VerificationResult> result =
      arguments.demands.quiesced ? VerifyAtRest(databases, arguments.demands, deadline)
                                 : verify::Verify(databases, arguments.demands);
  if (!result.ok()) {
    session.Fail(result.status());
    return kExitUnavailable;
  }
  const std::string text = session.json() ? verify::FindingsJson(result->orders, result->findings)
                                          : verify::FindingsText(result->orders, result->findings);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return verify::CountViolations(result->findings) == 0 ? kExitOk : kExitRefused;
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Read every database and check what Orderflow promises about orders, money, stock and "
      "notifications; exit code 1 when a promise is broken");
  command->footer(
      "Exit codes: 0 no violation; 1 violations; 2 wrong usage; 3 a database cannot be read.");
  command->add_flag("--quiesced", arguments->demands.quiesced,
                    "Nothing may be under way: also demand that everything has ended");
  command->add_flag(
      "--pending-mail-ok", arguments->demands.pending_mail_ok,
      "With --quiesced: notifications may still wait to be sent (sending is rate limited)");
  command
      ->add_option("--within", arguments->within_seconds,
                   "With --quiesced: wait so many seconds for it")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  AddUrl(*command, "orders", arguments->orders_url);
  AddUrl(*command, "payments", arguments->payments_url);
  AddUrl(*command, "inventory", arguments->inventory_url);
  AddUrl(*command, "notifications", arguments->notifications_url);
  AddUrl(*command, "provider", arguments->provider_url);
  command->callback([&session, arguments] {
    session.SetAction([&session, arguments] { return Run(*arguments, session); });
  });
}

}  // namespace orderflow::orderctl
