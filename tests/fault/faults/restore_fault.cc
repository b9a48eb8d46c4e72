// PostgreSQL and all of its data are lost for good, and it comes back from a backup.
#include <algorithm>
#include <csignal>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;

constexpr char kBackup[] = "tests/fault/backup.sh";
constexpr milliseconds kBeforeLoss(1000);  // and up to twice as much more

class RestoreFault final : public Fault {
 public:
  explicit RestoreFault(milliseconds before) : before_(before) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(rig.Run(fmt::format("{} begin", kBackup)).status());
    ASSIGN_OR_RETURN(const int64_t backed_up, Orders(rig));
    LetPass(before_);
    ASSIGN_OR_RETURN(const pid_t server, rig.PidOf("postgres"));
    const std::vector<pid_t> pids = WithChildren(server);
    std::for_each(pids.begin(), pids.end(), [](pid_t pid) { ::kill(pid, SIGKILL); });
    RETURN_IF_ERROR(
        Await([&] { return std::all_of(pids.begin(), pids.end(), IsGone); }, "it is gone"));
    lost_ = true;
    const auto begin = std::chrono::steady_clock::now();
    RETURN_IF_ERROR(rig.Run(fmt::format("{} restore", kBackup)).status());
    const auto took =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - begin);
    ASSIGN_OR_RETURN(const int64_t restored, Orders(rig));
    if (restored <= backed_up) {
      return absl::FailedPreconditionError("no order came from the log: the base backup had all");
    }
    return fmt::format(
        "pid {} and its data gone, {} orders of the base backup and {} of the log restored in {} "
        "ms",
        server, backed_up, restored - backed_up, took.count());
  }

  absl::Status Heal(Rig& rig) override {
    return rig.Run(fmt::format("{} {}", kBackup, lost_ ? "restore" : "end")).status();
  }

 private:
  static absl::StatusOr<int64_t> Orders(Rig& rig) {
    return rig.Count("ORDERS", "SELECT COUNT(*) FROM orders");
  }

  const milliseconds before_;
  bool lost_ = false;
};

}  // namespace

FaultKind PostgresRestored() {
  return {"postgres-restored", {}, [](Random& random) {
            return std::make_unique<RestoreFault>(
                kBeforeLoss + milliseconds(random.Below(2 * kBeforeLoss.count())));
          }};
}

}  // namespace orderflow::fault
