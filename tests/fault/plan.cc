#include "tests/fault/plan.h"

#include <algorithm>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/selection.h"

namespace orderflow::fault {
namespace {

constexpr uint64_t kOrderOfKinds = 1;  // seed of the shuffle: any few rounds in a row are a mix

// Accepting an order takes order-service, PostgreSQL and a quote of inventory-service.
constexpr const char* kApiStaysUp[] = {
    "kill-kafka",
    "pause-kafka",
    "restart-kafka",
    "kill-saga-orchestrator",
    "pause-saga-orchestrator",
    "kill-payment-service",
    "pause-payment-service",
    "kill-notification-service",
    "pause-notification-service",
    "kill-payment-provider-simulator",
    "pause-payment-provider-simulator",
    "provider-down",
    "provider-refusing",
};

std::vector<std::string> NamesOf(const std::vector<FaultKind>& kinds) {
  std::vector<std::string> names;
  std::transform(kinds.begin(), kinds.end(), std::back_inserter(names),
                 [](const FaultKind& kind) { return kind.name; });
  return names;
}

}  // namespace

std::vector<FaultKind> AllFaults() {
  std::vector<FaultKind> kinds;
  for (std::vector<FaultKind> part :
       {ProcessFaults(), OrderServiceFaults(), ServerFaults(), ProviderFaults(), NetworkFaults(),
        RecordFaults(), DiskFaults(), LogDiskFaults(), LockFaults(), RebalanceFaults(),
        ClockFaults(), CrashPointFaults()}) {
    std::move(part.begin(), part.end(), std::back_inserter(kinds));
  }
  kinds.push_back(CombinedFault(kinds));
  kinds.push_back(PostgresFailover());
  kinds.push_back(PostgresRestored());
  kinds.push_back(KafkaLost());
  for (const char* name : kApiStaysUp) {
    const auto kind = std::find_if(kinds.begin(), kinds.end(),
                                   [name](const FaultKind& each) { return each.name == name; });
    INVARIANT(kind != kinds.end(), "each of them is a fault");
    kind->api_stays_up = true;
  }
  Random random(kOrderOfKinds);
  for (size_t i = kinds.size(); i > 1; --i) {
    std::swap(kinds[i - 1], kinds[random.Below(i)]);
  }
  return kinds;
}

Plan PlanOf(uint64_t seed, const std::vector<FaultKind>& kinds) {
  INVARIANT(!kinds.empty(), "a fault to choose");
  const FaultKind& kind = kinds[seed % kinds.size()];
  Random random(seed);
  return {.seed = seed,
          .fault_name = kind.name,
          .brokers = kind.brokers,
          .api_stays_up = kind.api_stays_up,
          .fault = kind.make(random)};
}

absl::StatusOr<std::vector<FaultKind>> Chosen(const std::string& only) {
  std::vector<FaultKind> kinds = AllFaults();
  const std::vector<FaultKind> of_cluster = ClusterFaults();
  ASSIGN_OR_RETURN(const std::set<std::string> names,
                   SelectNames(NamesOf(kinds), NamesOf(of_cluster), only));
  kinds.insert(kinds.end(), of_cluster.begin(), of_cluster.end());
  std::erase_if(kinds, [&](const FaultKind& kind) { return !names.contains(kind.name); });
  return kinds;
}

}  // namespace orderflow::fault
