// orderflow-verify: reads all databases and asserts what the system promises.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "tools/verify/findings.h"
#include "tools/verify/verification.h"

namespace orderflow::verify {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitViolations = 1;
constexpr int kExitUsage = 2;
constexpr int kExitUnavailable = 3;

constexpr std::chrono::minutes kStatementTimeout(10);  // one pass over millions of orders
constexpr std::chrono::milliseconds kLookAgain(250);

struct Arguments {
  std::string orders_url, payments_url, inventory_url, notifications_url, provider_url;
  bool json = false;
  Demands demands;
  int within_seconds = 0;
};

void AddUrl(CLI::App& app, const std::string& database, std::string& url) {
  std::string variable = "ORDERFLOW_VERIFY_" + database + "_URL";
  for (char& letter : variable) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  app.add_option("--" + database + "-url", url,
                 "postgresql:// address of the database " + database + " for role orderflow_verify")
      ->envname(variable);
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
  options.application_name = "orderflow-verify";
  options.size_max = 1;
  options.statement_timeout = kStatementTimeout;
  options.reads_whole_tables = true;
  return options;
}

using SteadyTime = std::chrono::steady_clock::time_point;

// Waits until nothing is under way or the time is up; what is left then shows as violations.
absl::Status AwaitQuiet(const Databases& databases, const Demands& demands, SteadyTime deadline) {
  while (true) {
    ASSIGN_OR_RETURN(const int64_t under_way, CountUnderWay(databases, demands));
    if (under_way == 0 || std::chrono::steady_clock::now() >= deadline) {
      return absl::OkStatus();
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

// Verifies; with time left, again while only notifications are behind.
absl::StatusOr<VerificationResult> VerifyUntil(const Databases& databases, const Demands& demands,
                                               SteadyTime deadline) {
  while (true) {
    ASSIGN_OR_RETURN(VerificationResult result, Verify(databases, demands));
    if (CountViolations(result.findings) == 0 || !OnlyNotificationsAreBehind(result) ||
        std::chrono::steady_clock::now() >= deadline) {
      return result;
    }
    std::this_thread::sleep_for(kLookAgain);
  }
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "error: %s\n", Message(status).c_str());
  return kExitUnavailable;
}

int Run(const Arguments& arguments) {
  postgres::Pool orders(PoolFor(arguments.orders_url));
  postgres::Pool payments(PoolFor(arguments.payments_url));
  postgres::Pool inventory(PoolFor(arguments.inventory_url));
  postgres::Pool notifications(PoolFor(arguments.notifications_url));
  postgres::Pool provider(PoolFor(arguments.provider_url));
  const Databases databases{orders, payments, inventory, notifications, provider};
  const SteadyTime deadline =
      std::chrono::steady_clock::now() + std::chrono::seconds(arguments.within_seconds);
  if (arguments.demands.quiesced) {
    const absl::Status quiet = AwaitQuiet(databases, arguments.demands, deadline);
    if (!quiet.ok()) {
      return Fail(quiet);
    }
  }
  const absl::StatusOr<VerificationResult> result =
      VerifyUntil(databases, arguments.demands, deadline);
  if (!result.ok()) {
    return Fail(result.status());
  }
  const std::string text = arguments.json ? FindingsJson(result->orders, result->findings)
                                          : FindingsText(result->orders, result->findings);
  std::fputs(text.c_str(), stdout);
  return CountViolations(result->findings) == 0 ? kExitOk : kExitViolations;
}

int Main(int argc, char** argv) {
  CLI::App app(
      "Reads every database and checks what Orderflow promises about orders, money, stock "
      "and notifications");
  app.footer(
      "Exit codes: 0 no violation; 1 violations; 2 wrong usage; 3 a database cannot be read.");
  Arguments arguments;
  app.add_flag("--json", arguments.json, "Print one JSON document");
  app.add_flag("--quiesced", arguments.demands.quiesced,
               "Nothing may be under way: also demand that everything has ended");
  app.add_flag(
      "--pending-mail-ok", arguments.demands.pending_mail_ok,
      "With --quiesced: notifications may still wait to be sent (sending is rate limited)");
  app.add_option("--within", arguments.within_seconds,
                 "With --quiesced: wait so many seconds for it")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  AddUrl(app, "orders", arguments.orders_url);
  AddUrl(app, "payments", arguments.payments_url);
  AddUrl(app, "inventory", arguments.inventory_url);
  AddUrl(app, "notifications", arguments.notifications_url);
  AddUrl(app, "provider", arguments.provider_url);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  if (const std::string missing = MissingUrls(arguments); !missing.empty()) {
    std::fprintf(stderr, "error: these addresses are missing:\n%s", missing.c_str());
    return kExitUsage;
  }
  return Run(arguments);
}

}  // namespace
}  // namespace orderflow::verify

int main(int argc, char** argv) {
  try {
    return orderflow::verify::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return orderflow::verify::kExitUnavailable;
  }
}
