// The primary PostgreSQL is lost for good, and its synchronous replica takes its place.
#include <algorithm>
#include <csignal>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

constexpr char kScript[] = "tests/fault/replica.sh";
constexpr int kOrdersOnReplica = 10;
constexpr std::chrono::milliseconds kBeforeLoss(1000);  // and up to twice as much more

class FailoverFault final : public Fault {
 public:
  explicit FailoverFault(std::chrono::milliseconds before) : before_(before) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    const int port = FreePort();
    RETURN_IF_ERROR(rig.Run(fmt::format("{} up {}", kScript, port)).status());
    LetPass(before_);
    ASSIGN_OR_RETURN(const pid_t primary, rig.PidOf("postgres"));
    const std::vector<pid_t> pids = WithChildren(primary);
    std::for_each(pids.begin(), pids.end(), [](pid_t pid) { ::kill(pid, SIGKILL); });
    lost_ = true;
    RETURN_IF_ERROR(Await([&] { return std::all_of(pids.begin(), pids.end(), IsGone); },
                          "the primary is gone"));
    RETURN_IF_ERROR(rig.Run(fmt::format("{} promote", kScript)).status());
    SetTargets(rig, port);
    ASSIGN_OR_RETURN(const int64_t first, Orders(rig));
    ASSIGN_OR_RETURN(
        const int64_t orders,
        AwaitAtLeast([&] { return Orders(rig); }, static_cast<double>(first + kOrdersOnReplica),
                     "the replica takes orders"));
    return fmt::format("primary pid {} gone, its replica had {} orders and took {} more", primary,
                       first, orders - first);
  }

  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(rig.Run(fmt::format("{} {}", kScript, lost_ ? "return" : "drop")).status());
    SetTargets(rig, rig.PortOf("postgres"));
    return absl::OkStatus();
  }

 private:
  static void SetTargets(Rig& rig, int port) {
    for (const Process& process : kProcesses) {
      rig.ProxyTo(process.name).SetTarget(port);
    }
  }

  static absl::StatusOr<int64_t> Orders(Rig& rig) {
    return rig.RunForNumber(fmt::format("{} orders", kScript));
  }

  const std::chrono::milliseconds before_;
  bool lost_ = false;
};

}  // namespace

FaultKind PostgresFailover() {
  return {"postgres-failover", {}, [](Random& random) {
            return std::make_unique<FailoverFault>(
                kBeforeLoss + std::chrono::milliseconds(random.Below(2 * kBeforeLoss.count())));
          }};
}

}  // namespace orderflow::fault
