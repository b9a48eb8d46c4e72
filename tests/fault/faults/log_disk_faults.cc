// The disk that one of our processes logs to is full: each of its lines fails with ENOSPC, and it
// works on (docs/runbooks/disk-full.md).
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;

constexpr char kFullDisk[] = "/dev/full";  // the kernel refuses every write to it with ENOSPC
constexpr int kWorkAtLeast = 50;           // records or calls

class LogDiskFault final : public Fault {
 public:
  LogDiskFault(std::string name, milliseconds time) : name_(std::move(name)), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(rig.Down(name_));
    ASSIGN_OR_RETURN(const int64_t before, Complaints(rig));
    RETURN_IF_ERROR(rig.UpWith(name_, fmt::format("ORDERFLOW_LOG_FILE={}", kFullDisk)));
    ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf(name_));
    RETURN_IF_ERROR(
        rig.Run(fmt::format("ls -l /proc/{}/fd | grep -q ' {}$'", pid, kFullDisk)).status());
    Begin();
    LetPass(time_);
    ASSIGN_OR_RETURN(const double work, AwaitAtLeast([&] { return Work(rig); }, kWorkAtLeast,
                                                     "it works without a log"));
    ASSIGN_OR_RETURN(const int64_t after,
                     AwaitAtLeast([&] { return Complaints(rig); }, static_cast<double>(before + 1),
                                  "a line could not be written"));
    return fmt::format("pid {} logs to {}, complained {} times, and did {} records and calls", pid,
                       kFullDisk, after - before, work);
  }

  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(rig.Down(name_));
    return rig.Up(name_);
  }

 private:
  // Of the logging library, on standard error.
  absl::StatusOr<int64_t> Complaints(Rig& rig) const {
    return rig.RunForNumber(fmt::format(
        "grep -acE 'LOG ERROR.*No space left on device' \"$ORDERFLOW_STATE_DIR/logs/{}.log\" || "
        "test $? -eq 1",
        name_));
  }

  // Since its start.
  absl::StatusOr<double> Work(Rig& rig) const {
    const int port = rig.AdminPortOf(name_);
    ASSIGN_OR_RETURN(const double records, rig.Metric(port, "orderflow_consumer_records_total"));
    ASSIGN_OR_RETURN(const double calls,
                     rig.Metric(port, "orderflow_rpc_calls_total", "code=\"OK\""));
    return records + calls;
  }

  const std::string name_;
  const milliseconds time_;
};

}  // namespace

std::vector<FaultKind> LogDiskFaults() {
  std::vector<FaultKind> kinds;
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    kinds.push_back({"log-disk-full-" + name, {name}, [name](Random& random) {
                       return std::make_unique<LogDiskFault>(
                           name, milliseconds(1000 + random.Below(4000)));
                     }});
  }
  return kinds;
}

}  // namespace orderflow::fault
