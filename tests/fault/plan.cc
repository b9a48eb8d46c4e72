#include "tests/fault/plan.h"

#include <algorithm>

#include "libs/base/invariant.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

constexpr uint64_t kOrderOfKinds = 1;  // seed of the shuffle: any few rounds in a row are a mix

}  // namespace

std::vector<FaultKind> AllFaults() {
  std::vector<FaultKind> kinds;
  for (std::vector<FaultKind> part :
       {ProcessFaults(), ServerFaults(), ProviderFaults(), NetworkFaults(), RecordFaults(),
        DiskFaults(), ClockFaults(), CrashPointFaults()}) {
    std::move(part.begin(), part.end(), std::back_inserter(kinds));
  }
  kinds.push_back(CombinedFault(kinds));
  kinds.push_back(PostgresFailover());
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
  return {.seed = seed, .fault_name = kind.name, .fault = kind.make(random)};
}

std::vector<FaultKind> Select(std::vector<FaultKind> kinds, const std::string& only) {
  std::erase_if(kinds,
                [&](const FaultKind& kind) { return kind.name.find(only) == std::string::npos; });
  return kinds;
}

}  // namespace orderflow::fault
