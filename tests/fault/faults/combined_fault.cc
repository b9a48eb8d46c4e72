// Two faults at the same time, on different processes.
#include <algorithm>
#include <thread>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/testing/eventually.h"
#include "tests/fault/effect_times.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int kStrikesMax = 4;
constexpr std::chrono::seconds kHold(10);
constexpr std::chrono::seconds kMeetAgain(40);

bool Overlap(const FaultKind& left, const FaultKind& right) {
  return std::any_of(left.touches.begin(), left.touches.end(), [&](const std::string& touched) {
    return std::find(right.touches.begin(), right.touches.end(), touched) != right.touches.end();
  });
}

// Each waits a while for the other one when it is about to begin, and ends by itself: the other one
// may need what it has stopped. One that was over too early strikes again once the other is there.
class CombinedFaults final : public Fault {
 public:
  CombinedFaults(std::string names, std::vector<std::unique_ptr<Fault>> faults)
      : names_(std::move(names)), faults_(std::move(faults)) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    EffectTimes times(faults_.size());
    std::vector<absl::StatusOr<std::string>> effects(faults_.size(), absl::UnknownError(""));
    {
      std::vector<std::jthread> threads;
      for (size_t i = 0; i < faults_.size(); ++i) {
        threads.emplace_back([&, i] { effects[i] = StrikeOne(rig, i, times); });
      }
    }
    std::string effect = names_;
    for (const auto& each : effects) {
      RETURN_IF_ERROR(each.status());
      effect += "; " + *each;
    }
    const auto together = times.Together(SteadyClock::now());
    if (!together.has_value()) {
      return absl::FailedPreconditionError(effect + "; but never at the same time");
    }
    return effect + fmt::format("; together for {} ms", together->count());
  }

  absl::Status Heal(Rig& rig) override {
    for (const auto& fault : faults_) {
      RETURN_IF_ERROR(fault->Heal(rig));
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<std::string> StrikeOne(Rig& rig, size_t i, EffectTimes& times) {
    const auto meet = [&times, i](std::chrono::seconds bound) {
      testing::Eventually([&times, i] { return times.HaveOthersArrived(i); }, bound);
    };
    Fault& fault = *faults_[i];
    fault.OnBegin([&times, i, meet] {
      times.Arrive(i);
      meet(kHold);
      times.Begin(i, SteadyClock::now());
    });
    absl::StatusOr<std::string> effect = absl::UnknownError("");
    for (int time = 0; time < kStrikesMax && !times.Together(SteadyClock::now()).has_value();
         ++time) {
      if (time > 0) {
        meet(kMeetAgain);
      }
      effect = fault.Strike(rig);
      times.End(i, SteadyClock::now());
      if (const absl::Status healed = fault.Heal(rig); !healed.ok()) {
        effect = healed;
      }
      if (!effect.ok()) {
        times.Arrive(i);  // nobody needs to wait for it any more
        effect = absl::Status(effect.status().code(), names_ + ": " + effect.status().ToString());
        break;
      }
    }
    fault.OnBegin(nullptr);
    return effect;
  }

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
