#include "tools/orderctl/verify_command.h"

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "libs/base/clock.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "tools/orderctl/session.h"
#include "tools/verify/checkpoint_file.h"
#include "tools/verify/findings.h"
#include "tools/verify/metrics_text.h"
#include "tools/verify/replace_file.h"
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
  std::string state_file, metrics_file;
  bool incremental = false;
  int every_seconds = 0;  // 0: once
  bool metrics_markdown = false;
  bool no_provider_books = false;
};

void AddUrl(CLI::App& command, const std::string& database, std::string& url) {
  std::string variable = "ORDERFLOW_VERIFY_" + database + "_URL";
  for (char& letter : variable) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  command
      .add_option("--" + database + "-url", url,
                  "postgresql:// address of the database " + database + ", for a role that reads")
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
  if (!arguments.no_provider_books) {
    check(arguments.provider_url, "PROVIDER");
  }
  return missing;
}

postgres::PoolOptions PoolFor(const std::string& url) {
  postgres::PoolOptions options;
  options.url = url;
  options.application_name = "orderctl-verify";
  options.size_max = 1;
  options.statement_timeout = kStatementTimeout;
  options.attempts_max = 1;  // an aborted pass over millions of orders is for the next run
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

// What a run has found, and what it leaves to the next one.
struct RunOutcome {
  VerificationResult result;
  std::optional<verify::Checkpoint> next = {};
  Duration took = {};
};

// Of the run before; empty when there is none that is of use: then everything is read.
absl::StatusOr<verify::Checkpoint> CheckpointBefore(const Arguments& arguments) {
  if (!arguments.incremental) {
    return verify::Checkpoint();
  }
  ASSIGN_OR_RETURN(auto stored, verify::LoadCheckpoint(arguments.state_file));
  if (!stored.damage.empty()) {
    std::fprintf(stderr, "warning: %s is of no use, everything is read: %s\n",
                 arguments.state_file.c_str(), stored.damage.c_str());
  }
  return std::move(stored.checkpoint);
}

// Reads what has changed since the run that left the state file. Without --incremental: everything,
// and makes a checkpoint when a state file is named.
absl::StatusOr<RunOutcome> VerifyInOperation(const Databases& databases,
                                             const Arguments& arguments) {
  if (arguments.state_file.empty()) {
    ASSIGN_OR_RETURN(VerificationResult result, verify::Verify(databases, arguments.demands));
    return RunOutcome{.result = std::move(result)};
  }
  ASSIGN_OR_RETURN(verify::Checkpoint checkpoint, CheckpointBefore(arguments));
  ASSIGN_OR_RETURN(VerificationResult result,
                   verify::VerifyChanges(databases, arguments.demands, checkpoint));
  return RunOutcome{.result = std::move(result), .next = std::move(checkpoint)};
}

absl::StatusOr<RunOutcome> VerifyOnce(const Databases& databases, const Arguments& arguments) {
  const SteadyTime start = std::chrono::steady_clock::now();
  RunOutcome outcome;
  if (arguments.demands.quiesced) {
    ASSIGN_OR_RETURN(outcome.result,
                     VerifyAtRest(databases, arguments.demands,
                                  start + std::chrono::seconds(arguments.within_seconds)));
  } else {
    ASSIGN_OR_RETURN(outcome, VerifyInOperation(databases, arguments));
  }
  outcome.took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
  return outcome;
}

// Both files are tried, also when one fails. False when one did; it is reported.
bool WriteFiles(const RunOutcome& outcome, const Arguments& arguments, const Session& session) {
  bool all_written = true;
  const auto note = [&](const absl::Status& written) {
    if (!written.ok()) {
      session.Fail(written);
      all_written = false;
    }
  };
  if (outcome.next.has_value()) {
    note(verify::SaveCheckpoint(arguments.state_file, *outcome.next));
  }
  if (!arguments.metrics_file.empty()) {
    note(verify::ReplaceFile(
        arguments.metrics_file,
        verify::MetricsText(outcome.result, SystemClock().Now(), outcome.took)));
  }
  return all_written;
}

// What was found is shown first: a full disk must not hide it.
ExitCode VerifyAndShow(const Databases& databases, const Arguments& arguments,
                       const Session& session) {
  const absl::StatusOr<RunOutcome> outcome = VerifyOnce(databases, arguments);
  if (!outcome.ok()) {
    session.Fail(outcome.status());
    return kExitUnavailable;
  }
  const VerificationResult& result = outcome->result;
  const std::string text = session.json() ? verify::FindingsJson(result.orders, result.findings)
                                          : verify::FindingsText(result.orders, result.findings);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  const bool all_written = WriteFiles(*outcome, arguments, session);
  if (verify::CountViolations(result.findings) > 0) {
    return kExitRefused;
  }
  return all_written ? kExitOk : kExitUnavailable;
}

// What is wrong with the command line; empty: nothing.
std::string UsageError(const Arguments& arguments) {
  if (arguments.demands.quiesced && (arguments.incremental || !arguments.state_file.empty())) {
    return "--quiesced reads everything: it goes without --incremental and --state\n";
  }
  if (arguments.incremental && arguments.state_file.empty()) {
    return "--incremental needs --state FILE, where a run leaves to the next one what it has "
           "read\n";
  }
  if (const std::string missing = MissingUrls(arguments); !missing.empty()) {
    return "these addresses are missing:\n" + missing;
  }
  return "";
}

ExitCode Run(const Arguments& arguments, const Session& session) {
  if (arguments.metrics_markdown) {
    std::fputs(verify::MetricsTable().c_str(), stdout);
    return kExitOk;
  }
  if (const std::string wrong = UsageError(arguments); !wrong.empty()) {
    std::fprintf(stderr, "error: %s", wrong.c_str());
    return kExitUsage;
  }
  postgres::Pool orders(PoolFor(arguments.orders_url));
  postgres::Pool payments(PoolFor(arguments.payments_url));
  postgres::Pool inventory(PoolFor(arguments.inventory_url));
  postgres::Pool notifications(PoolFor(arguments.notifications_url));
  std::optional<postgres::Pool> provider;
  if (!arguments.no_provider_books) {
    provider.emplace(PoolFor(arguments.provider_url));
  }
  const Databases databases{orders, payments, inventory, notifications,
                            provider ? &*provider : nullptr};
  while (true) {
    const SteadyTime next =
        std::chrono::steady_clock::now() + std::chrono::seconds(arguments.every_seconds);
    const ExitCode code = VerifyAndShow(databases, arguments, session);
    if (arguments.every_seconds == 0) {
      return code;
    }
    std::this_thread::sleep_until(next);
  }
}

void AddBound(CLI::App& command, const std::string& name, std::chrono::seconds& bound,
              const std::string& help) {
  command
      .add_option_function<int64_t>(
          name, [&bound](int64_t seconds) { bound = std::chrono::seconds(seconds); }, help)
      ->check(CLI::Range(0, 30 * 86'400))
      ->default_str(std::to_string(bound.count()))
      ->group("Bounds, in seconds (without --quiesced)");
}

void AddOperationOptions(CLI::App& command, Arguments& arguments) {
  command.add_flag("--incremental", arguments.incremental,
                   "Read only what changed since the run that left the state file, and what was "
                   "not settled then; everything when there is none");
  command.add_option("--state", arguments.state_file,
                     "Where a run leaves to the next one what it has read");
  command.add_option("--metrics-file", arguments.metrics_file,
                     "Write the result there in Prometheus text form (for node-exporter's textfile "
                     "collector)");
  command.add_flag("--metrics-markdown", arguments.metrics_markdown,
                   "Print what the metrics file holds as a Markdown table, and check nothing");
  command
      .add_option("--every", arguments.every_seconds,
                  "Run again and again, so many seconds from start to start, until stopped")
      ->check(CLI::Range(1, 86'400));
  verify::Bounds& bounds = arguments.demands.bounds;
  AddBound(command, "--outbox-age", bounds.outbox, "A message waits for the broker");
  AddBound(command, "--past-due", bounds.past_due,
           "A saga, provider operation or expired reservation waits for its turn");
  AddBound(command, "--order-age", bounds.order, "An order is under way and waits for no person");
  AddBound(command, "--notification-age", bounds.notification,
           "An outcome is not announced, a notification not sent");
}

}  // namespace

void AddVerifyCommand(CLI::App& app, Session& session) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = app.add_subcommand(
      "verify",
      "Read every database and check what Orderflow promises about orders, money, stock and "
      "notifications; exit code 1 when a promise is broken");
  command->footer(
      "Exit codes: 0 no violation; 1 violations; 2 wrong usage; 3 a database cannot be "
      "read, or a file not written.");
  command->add_flag("--quiesced", arguments->demands.quiesced,
                    "Nothing may be under way: also demand that everything has ended");
  command->add_flag("--no-provider-books", arguments->no_provider_books,
                    "The provider's books are no database that can be read: the ledger is taken at "
                    "its word, and holds are not looked for");
  command->add_flag(
      "--pending-mail-ok", arguments->demands.pending_mail_ok,
      "With --quiesced: notifications may still wait to be sent (sending is rate limited)");
  command
      ->add_option("--within", arguments->within_seconds,
                   "With --quiesced: wait so many seconds for it")
      ->check(CLI::Range(0, 86'400))
      ->capture_default_str();
  AddOperationOptions(*command, *arguments);
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
