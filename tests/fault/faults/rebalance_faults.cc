// A second consumer that joins and leaves again and again, in order or not: partitions change hands
// all the time.
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/faults/second_instance.h"

namespace orderflow::fault {
namespace {

class RebalanceStorm final : public Fault {
 public:
  RebalanceStorm(std::string name, int turns, uint64_t seed)
      : name_(std::move(name)), turns_(turns), random_(seed), second_(name_) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    const int first_port = rig.AdminPortOf(name_);
    Begin();
    double handled = 0;
    int kills = 0;
    for (int turn = 0; turn < turns_; ++turn) {
      RETURN_IF_ERROR(second_.Start(rig));
      ASSIGN_OR_RETURN(const double taken,
                       AwaitAtLeast([&] { return second_.Handled(rig); }, 1,
                                    fmt::format("partitions change hands in turn {}", turn + 1)));
      handled += taken;
      const bool dies = random_.Below(2) == 0;
      kills += dies ? 1 : 0;
      RETURN_IF_ERROR(dies ? second_.Kill() : second_.Stop());
      ASSIGN_OR_RETURN(const double before, HandledBy(rig, first_port));
      RETURN_IF_ERROR(AwaitAtLeast([&] { return HandledBy(rig, first_port); }, before + 1,
                                   "the first one goes on alone")
                          .status());
    }
    return fmt::format("partitions changed hands {} times, {} by a death; {} records handled there",
                       2 * turns_, kills, handled);
  }
  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(second_.Stop());
    return rig.Up(name_);
  }

 private:
  const std::string name_;
  const int turns_;
  Random random_;
  SecondInstance second_;
};

}  // namespace

std::vector<FaultKind> RebalanceFaults() {
  std::vector<FaultKind> kinds;
  for (const std::string name :
       {"saga-orchestrator", "payment-service", "inventory-service", "notification-service"}) {
    kinds.push_back({"rebalance-storm-" + name, {name}, [name](Random& random) {
                       const int turns = 4 + static_cast<int>(random.Below(4));
                       return std::make_unique<RebalanceStorm>(name, turns, random.Next());
                     }});
  }
  return kinds;
}

}  // namespace orderflow::fault
