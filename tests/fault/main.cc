// fault: plays rounds of faults against a whole stack of its own and checks after each that nothing
// acknowledged was lost and nothing happened twice. README.md says how to read it.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/channel.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/round.h"
#include "tools/orderctl/demo/catalogue.h"

namespace orderflow::fault {
namespace {

constexpr size_t kShownMax = 10;  // violations of a round that are printed; the rest is counted
constexpr int kRoundsDefault = 10;
constexpr int kOrdersStocked = 1'000'000;
constexpr std::chrono::seconds kCallTimeout(10);

struct Arguments {
  int rounds = 0;  // 0: see RoundsOf
  uint64_t seed = 1;
  std::string only;
  std::string dir = "build/fault";
  bool list = false;
};

struct Totals {
  int rounds = 0;
  int hit = 0;
  size_t violations = 0;
  int acknowledged_lost = 0;
};

absl::StatusOr<std::unique_ptr<Rig>> StartRig(const std::string& dir, int brokers) {
  auto rig = Rig::Start(dir, brokers);
  if (!rig.ok()) {
    return rig;
  }
  const absl::Status stocked =
      orderctl::StockDemoCatalogue(rpc::MakeChannel((*rig)->Setting("ORDERFLOW_INVENTORY_ADDRESS"),
                                                    {.credentials = (*rig)->Credentials()}),
                                   kOrdersStocked, kCallTimeout);
  return stocked.ok() ? std::move(rig) : absl::StatusOr<std::unique_ptr<Rig>>(stocked);
}

void Print(int round, const Plan& plan, const RoundResult& result) {
  std::printf("%s\n", RoundLine(round, plan, result).c_str());
  for (size_t i = 0; i < result.violations.size() && i < kShownMax; ++i) {
    std::printf("  violation: %s\n", result.violations[i].c_str());
  }
  std::fflush(stdout);
}

void KeepLogs(const std::string& dir, uint64_t seed) {
  const std::string kept = fmt::format("{}/logs-of-seed-{}", dir, seed);
  std::filesystem::remove_all(kept);
  std::filesystem::rename(dir + "/stack/logs", kept);
  std::printf("  logs: %s\n", kept.c_str());
}

// Ten of all the faults there are, or each of the chosen ones once.
int RoundsOf(const Arguments& arguments, const std::vector<FaultKind>& kinds) {
  if (arguments.rounds > 0) {
    return arguments.rounds;
  }
  return arguments.only.empty() ? kRoundsDefault : static_cast<int>(kinds.size());
}

// One stack serves all rounds; after a violation the next round gets a fresh one.
absl::StatusOr<Totals> PlayAll(const Arguments& arguments, const std::vector<FaultKind>& kinds) {
  Totals totals;
  const int rounds = RoundsOf(arguments, kinds);
  std::unique_ptr<Rig> rig;
  int brokers = 0;
  std::unique_ptr<StackRecord> record;
  for (int round = 1; round <= rounds; ++round) {
    Plan plan = PlanOf(arguments.seed + static_cast<uint64_t>(round) - 1, kinds);
    if (plan.brokers != brokers) {
      rig.reset();
    }
    if (rig == nullptr) {
      brokers = plan.brokers;
      auto started = StartRig(arguments.dir + "/stack", brokers);
      if (!started.ok()) {
        return started.status();
      }
      rig = std::move(*started);
      record = std::make_unique<StackRecord>(*rig);
    }
    const RoundResult result = PlayRound(*rig, plan, *record);
    Print(round, plan, result);
    ++totals.rounds;
    totals.hit += result.hit ? 1 : 0;
    totals.violations += result.violations.size();
    totals.acknowledged_lost += result.acknowledged_lost;
    if (!result.violations.empty()) {
      rig.reset();
      KeepLogs(arguments.dir, plan.seed);
    }
  }
  return totals;
}

int List(std::vector<FaultKind> kinds, bool all) {
  if (all) {
    const std::vector<FaultKind> of_cluster = ClusterFaults();
    kinds.insert(kinds.end(), of_cluster.begin(), of_cluster.end());
  }
  for (const FaultKind& kind : kinds) {
    std::printf("%s\n", kind.name.c_str());
  }
  return 0;
}

int Main(const Arguments& arguments) {
  const auto kinds = Chosen(arguments.only);
  if (!kinds.ok()) {
    std::fprintf(stderr, "error: %s\n", Message(kinds.status()).c_str());
    return 2;
  }
  if (arguments.list) {
    return List(*kinds, arguments.only.empty());
  }
  const auto totals = PlayAll(arguments, *kinds);
  if (!totals.ok()) {
    std::fprintf(stderr, "error: %s\n", Message(totals.status()).c_str());
    return 3;
  }
  std::printf("fault: rounds=%d violations=%zu faults_hit=%d/%d acknowledged_lost=%d\n",
              totals->rounds, totals->violations, totals->hit, totals->rounds,
              totals->acknowledged_lost);
  return totals->violations == 0 && totals->hit == totals->rounds && totals->acknowledged_lost == 0
             ? 0
             : 1;
}

}  // namespace
}  // namespace orderflow::fault

int main(int argc, char** argv) {
  orderflow::fault::Arguments arguments;
  CLI::App app("Plays rounds of faults against a whole stack; run from the root of the checkout");
  app.add_option("--rounds", arguments.rounds,
                 "How many rounds; by default 10, with --only one of each");
  app.add_option("--seed", arguments.seed, "Seed of the first round")->capture_default_str();
  app.add_option("--only", arguments.only,
                 "Only these faults: names or parts of names, separated by commas");
  app.add_option("--dir", arguments.dir, "Folder of the stack and the kept logs")
      ->capture_default_str();
  app.add_flag("--list", arguments.list, "Print the names of the faults");
  CLI11_PARSE(app, argc, argv);
  return orderflow::fault::Main(arguments);
}
