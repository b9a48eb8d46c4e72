// Two faults at the same time, on different processes.
#include <algorithm>
#include <thread>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

bool Overlap(const FaultKind& left, const FaultKind& right) {
  return std::any_of(left.touches.begin(), left.touches.end(), [&](const std::string& touched) {
    return std::find(right.touches.begin(), right.touches.end(), touched) != right.touches.end();
  });
}

// Each ends by itself: the other one may need what it has stopped.
class CombinedFaults final : public Fault {
 public:
  CombinedFaults(std::string names, std::vector<std::unique_ptr<Fault>> faults)
      : names_(std::move(names)), faults_(std::move(faults)) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    std::vector<absl::StatusOr<std::string>> effects(faults_.size(), absl::UnknownError(""));
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < faults_.size(); ++i) {
        threads.emplace_back([&, i] {
          effects[i] = faults_[i]->Strike(rig);
          if (const absl::Status healed = faults_[i]->Heal(rig); !healed.ok()) {
            effects[i] = healed;
          }
        });
      }
    }
    std::string effect = names_;
    for (const auto& each : effects) {
      RETURN_IF_ERROR(each.status());
      effect += "; " + *each;
    }
    return effect;
  }

  absl::Status Heal(Rig& rig) override {
    for (const auto& fault : faults_) {
      RETURN_IF_ERROR(fault->Heal(rig));
    }
    return absl::OkStatus();
  }

 private:
  const std::string names_;
  const std::vector<std::unique_ptr<Fault>> faults_;
};

}  // namespace

FaultKind CombinedFault(std::vector<FaultKind> kinds) {
  std::erase_if(kinds, [](const FaultKind& kind) { return kind.touches.empty(); });
  return {"two-at-once", {}, [kinds = std::move(kinds)](Random& random) {
            const FaultKind& first = kinds[random.Below(kinds.size())];
            const FaultKind* second = &first;
            while (Overlap(first, *second)) {
              second = &kinds[random.Below(kinds.size())];
            }
            std::vector<std::unique_ptr<Fault>> faults;
            faults.push_back(first.make(random));
            faults.push_back(second->make(random));
            return std::make_unique<CombinedFaults>(
                fmt::format("{} and {}", first.name, second->name), std::move(faults));
          }};
}

}  // namespace orderflow::fault
