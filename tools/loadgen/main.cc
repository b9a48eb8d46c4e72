// loadgen: drives CreateOrder at a constant rate and measures orders until they are CONFIRMED; or
// GetOrder, or CreateOrder alone, until it is answered.
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/client_credentials.h"
#include "libs/service/version.h"
#include "tools/client/identity_options.h"
#include "tools/loadgen/call_run.h"
#include "tools/loadgen/load_run.h"
#include "tools/loadgen/overload_run.h"
#include "tools/loadgen/stock_seed.h"

namespace orderflow::loadgen {
namespace {

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitUsage = 2;
// A server that refuses at once never has so many calls; one that does not would have the generator
// spend all of its time on calls that time out.
constexpr int kOverloadInFlightMax = 20'000;

constexpr char kReads[] = "reads";
constexpr char kAccepts[] = "accepts";

struct Arguments {
  LoadOptions load;
  OverloadOptions overload;
  CallOptions calls;
  int hot_orders = 200;
  int overload_seconds = 60;
  int recovery_seconds = 20;
  int seconds = 30;
  int warmup_seconds = 5;
  int drain_seconds = 30;
  std::string inventory_address = "127.0.0.1:15054";
  rpc::ClientIdentity identity;
  int64_t pieces = 10'000'000;
};

int Report(const absl::Status& status) {
  std::fprintf(stderr, "error: %s\n", Message(status).c_str());
  return kExitFailed;
}

int Seed(const Arguments& arguments) {
  const absl::Status status =
      SeedStock(rpc::MakeChannel(arguments.inventory_address,
                                 {.credentials = arguments.load.sender.credentials}),
                arguments.load.mix.skus, arguments.pieces);
  return status.ok() ? kExitOk : Report(status);
}

void Prepare(Arguments& arguments) {
  const SystemClock clock;
  UuidV7Generator ids(clock);
  arguments.load.mix.run = ids.NewId().substr(24);
  arguments.load.warmup = std::chrono::seconds(arguments.warmup_seconds);
  arguments.load.measured = std::chrono::seconds(arguments.seconds);
  arguments.load.drain_max = std::chrono::seconds(arguments.drain_seconds);
}

void Tell(const SendResult& sent) {
  std::fprintf(stderr, "generator: latest send %.1f ms late\n", sent.lag_max_ms);
  for (const auto& [code, count] : sent.failures) {
    std::fprintf(stderr, "failed: %s %lld\n", code.c_str(), static_cast<long long>(count));
  }
  for (const auto& [code, count] : sent.repeats) {
    std::fprintf(stderr, "repeated: %s %lld\n", code.c_str(), static_cast<long long>(count));
  }
}

int Load(Arguments& arguments) {
  Prepare(arguments);
  const absl::StatusOr<LoadResult> result = RunLoad(arguments.load);
  if (!result.ok()) {
    return Report(result.status());
  }
  std::fputs(ReportLine(result->report).c_str(), stdout);
  Tell(result->sent);
  return kExitOk;
}

int Overload(Arguments& arguments) {
  Prepare(arguments);
  OverloadOptions options = arguments.overload;
  options.load = arguments.load;
  options.load.sender.in_flight_max = kOverloadInFlightMax;
  options.peak = std::chrono::seconds(arguments.seconds);
  options.overload = std::chrono::seconds(arguments.overload_seconds);
  options.recovery = std::chrono::seconds(arguments.recovery_seconds);
  const absl::StatusOr<OverloadResult> result = RunOverload(options);
  if (!result.ok()) {
    return Report(result.status());
  }
  std::fputs(ReportLine(result->report, result->rss_growth, result->rss_mib).c_str(), stdout);
  Tell(result->sent);
  return kExitOk;
}

// Calls of one kind: "reads" or "accepts".
int Calls(const std::string& noun, Arguments& arguments) {
  Prepare(arguments);
  CallOptions options = arguments.calls;
  options.order_address = arguments.load.sender.order_address;
  options.credentials = arguments.load.sender.credentials;
  options.warmup = arguments.load.warmup;
  options.measured = arguments.load.measured;
  const absl::StatusOr<CallResult> result =
      noun == kReads ? RunReads(options, arguments.hot_orders, arguments.load.mix.zipf_exponent)
                     : RunAccepts(options, arguments.load.mix);
  if (!result.ok()) {
    return Report(result.status());
  }
  std::fputs(ReportLine(noun, result->report).c_str(), stdout);
  Tell({.lag_max_ms = result->lag_max_ms, .failures = result->failures, .repeats = {}});
  return kExitOk;
}

void AddTimes(CLI::App* command, Arguments& arguments) {
  command->add_option("--seconds", arguments.seconds, "Length of the measured window")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  command->add_option("--warmup", arguments.warmup_seconds, "Seconds of load before it")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str();
  command
      ->add_option("--zipf", arguments.load.mix.zipf_exponent, "Skew of the choice; 0: all alike")
      ->capture_default_str();
  command->add_option("--order-address", arguments.load.sender.order_address, "host:port")
      ->envname("ORDERFLOW_ORDER_ADDRESS")
      ->capture_default_str();
}

void AddCallOptions(CLI::App* command, Arguments& arguments) {
  AddTimes(command, arguments);
  command
      ->add_option("--rate", arguments.calls.rate,
                   "Calls per second; 0: as many as --in-flight at a time give")
      ->check(CLI::Range(0.0, 1'000'000.0))
      ->capture_default_str();
  command->add_option("--in-flight", arguments.calls.in_flight_max, "Most calls under way")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
}

void AddMixOptions(CLI::App* command, Arguments& arguments) {
  MixOptions& mix = arguments.load.mix;
  command->add_option("--customers", mix.customers, "How many customers order")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  command->add_option("--lines", mix.lines_max, "Most lines of an order")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  command->add_option("--hot-sku", mix.hot_sku, "An item that every order names");
  command->add_option("--declined", mix.declined, "Share whose payment is refused")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command->add_option("--sold-out", mix.sold_out, "Share that cannot be had")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

void AddLoadOptions(CLI::App* run, Arguments& arguments) {
  AddTimes(run, arguments);
  AddMixOptions(run, arguments);
  run->add_option("--rate", arguments.load.rate, "Orders per second")
      ->check(CLI::Range(1.0, 100'000.0))
      ->capture_default_str();
  run->add_option("--drain", arguments.drain_seconds, "Seconds to wait for orders under way")
      ->check(CLI::Range(0, 3'600))
      ->capture_default_str();
  run->add_option("--attempts", arguments.load.sender.attempts_max,
                  "Calls for an order that is not answered, with the same request id")
      ->check(CLI::Range(1, 100))
      ->capture_default_str();
  run->add_option("--cancelled", arguments.load.mix.cancelled, "Share cancelled when accepted")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  run->add_option("--kafka", arguments.load.kafka_bootstrap_servers, "host:port")
      ->envname("ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS")
      ->capture_default_str();
}

void AddOverloadOptions(CLI::App* overload, Arguments& arguments) {
  overload->add_option("--factor", arguments.overload.factor, "Times the rate in the overload")
      ->check(CLI::Range(1.0, 100.0))
      ->capture_default_str();
  overload->add_option("--overload", arguments.overload_seconds, "Length of the overload")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  overload
      ->add_option("--recovery-share", arguments.overload.recovery_share,
                   "Share of the rate after it")
      ->check(CLI::Range(0.01, 1.0))
      ->capture_default_str();
  overload->add_option("--recovery", arguments.recovery_seconds, "Length of what comes after it")
      ->check(CLI::Range(1, 3'600))
      ->capture_default_str();
  overload->add_option("--server-pid", arguments.overload.server_pid, "Whose memory to watch");
}

int Main(int argc, char** argv) {
  CLI::App app("Open-loop load for Orderflow: latencies count from the intended send time");
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", std::string("loadgen ") + service::kVersion,
                       "Print version and commit");
  Arguments arguments;
  arguments.load.sender.order_address = "127.0.0.1:15051";
  arguments.load.kafka_bootstrap_servers = "127.0.0.1:19092";
  app.add_option("--skus", arguments.load.mix.skus, "How many items are ordered")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  client::AddIdentityOptions(app, arguments.identity);
  client::AddKafkaSecurityOptions(app, arguments.load.kafka_security);
  AddLoadOptions(app.add_subcommand("run", "Send orders and print one line of results"), arguments);
  CLI::App* overload = app.add_subcommand(
      "overload", "Send orders at the rate, at a multiple of it and at less again");
  AddLoadOptions(overload, arguments);
  AddOverloadOptions(overload, arguments);
  CLI::App* read = app.add_subcommand("read", "Read hot orders (GetOrder)");
  AddCallOptions(read, arguments);
  read->add_option("--orders", arguments.hot_orders, "So many of the newest orders are read")
      ->check(CLI::Range(1, 100'000))
      ->capture_default_str();
  CLI::App* accept = app.add_subcommand(
      "accept", "Place orders (CreateOrder) and look no further than the answer");
  AddCallOptions(accept, arguments);
  AddMixOptions(accept, arguments);
  CLI::App* seed = app.add_subcommand("seed", "Create the items and stock them");
  seed->add_option("--pieces", arguments.pieces, "Available pieces of each")->capture_default_str();
  seed->add_option("--inventory-address", arguments.inventory_address, "host:port")
      ->envname("ORDERFLOW_INVENTORY_ADDRESS")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  auto credentials = rpc::MakeCredentials(arguments.identity);
  if (!credentials.ok()) {
    return Report(credentials.status());
  }
  arguments.load.sender.credentials = *std::move(credentials);
  if (seed->parsed()) {
    return Seed(arguments);
  }
  if (read->parsed() || accept->parsed()) {
    return Calls(read->parsed() ? kReads : kAccepts, arguments);
  }
  return overload->parsed() ? Overload(arguments) : Load(arguments);
}

}  // namespace
}  // namespace orderflow::loadgen

int main(int argc, char** argv) {
  try {
    // As the services do (libs/service/process.cc): Debian's Abseil would look for cycles at each
    // lock.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    return orderflow::loadgen::Main(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "error: %s\n", error.what());
    return orderflow::loadgen::kExitFailed;
  }
}
