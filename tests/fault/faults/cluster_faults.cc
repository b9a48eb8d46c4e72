// Three brokers, every topic on all of them, two of which must have a record before it is
// acknowledged; one is lost, and orders go on from end to end.
#include <algorithm>
#include <csignal>
#include <sstream>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;

constexpr int kBrokers = 3;
constexpr int kConfirmedMeanwhile = 5;

// Partitions that lack a replica, as the cluster sees them.
absl::StatusOr<int> UnderReplicated(Rig& rig) {
  ASSIGN_OR_RETURN(const std::string text,
                   rig.Run("kcat -b \"$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS,127.0.0.1:$KAFKA_PORT_2,"
                           "127.0.0.1:$KAFKA_PORT_3\" -L -m 3"));
  int partitions = 0;
  int lacking = 0;
  std::istringstream lines(text);
  const std::string in_sync = "isrs: ";
  for (std::string line; std::getline(lines, line);) {
    const size_t start = line.find(in_sync);
    if (start == std::string::npos) {
      continue;
    }
    // "1,2,3", and behind it perhaps ", Broker: ...".
    const size_t first = start + in_sync.size();
    const size_t end = std::min(line.find_first_not_of("0123456789,", first), line.size());
    const auto begins = std::count_if(line.begin() + static_cast<std::ptrdiff_t>(first),
                                      line.begin() + static_cast<std::ptrdiff_t>(end),
                                      [](char c) { return c != ','; });
    ++partitions;
    lacking += begins < kBrokers ? 1 : 0;
  }
  if (partitions == 0) {
    return absl::UnavailableError("the cluster names no partition");
  }
  return lacking;
}

absl::Status AwaitAllInStep(Rig& rig, const std::string& when) {
  return Await(
      [&] {
        const auto lacking = UnderReplicated(rig);
        return lacking.ok() && *lacking == 0;
      },
      "all replicas are in step " + when);
}

absl::StatusOr<int64_t> Confirmed(Rig& rig) {
  return rig.Count("ORDERS", "SELECT COUNT(*) FROM orders WHERE state = 'CONFIRMED'");
}

enum class Loss { kKilled, kStopped };

class LostBroker final : public Fault {
 public:
  LostBroker(std::string name, Loss loss, milliseconds time)
      : name_(std::move(name)), loss_(loss), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(AwaitAllInStep(rig, "before"));
    ASSIGN_OR_RETURN(pid_, rig.PidOf(name_));
    ::kill(pid_, loss_ == Loss::kKilled ? SIGKILL : SIGSTOP);
    RETURN_IF_ERROR(Await(
        [this] { return loss_ == Loss::kKilled ? IsGone(pid_) : IsStopped(pid_); }, "it is lost"));
    ASSIGN_OR_RETURN(const int lacking,
                     AwaitAtLeast([&] { return UnderReplicated(rig); }, 1, "the cluster notices"));
    ASSIGN_OR_RETURN(const int64_t before, Confirmed(rig));
    ASSIGN_OR_RETURN(const int64_t confirmed,
                     AwaitAtLeast([&] { return Confirmed(rig); },
                                  static_cast<double>(before + kConfirmedMeanwhile),
                                  "orders are confirmed with two brokers"));
    LetPass(time_);
    return fmt::format("pid {} of {} {}, {} partitions lack a replica, {} orders confirmed", pid_,
                       name_, loss_ == Loss::kKilled ? "gone" : "stopped", lacking,
                       confirmed - before);
  }

  // Until every replica is back: the next round may lose another one.
  absl::Status Heal(Rig& rig) override {
    if (pid_ != 0 && loss_ == Loss::kStopped) {
      ::kill(pid_, SIGCONT);
    }
    RETURN_IF_ERROR(rig.Up(name_));
    return AwaitAllInStep(rig, "again");
  }

 private:
  const std::string name_;
  const Loss loss_;
  const milliseconds time_;
  pid_t pid_ = 0;
};

}  // namespace

std::vector<FaultKind> ClusterFaults() {
  std::vector<FaultKind> kinds;
  for (const std::string name : {"kafka", "kafka-2", "kafka-3"}) {
    for (const Loss loss : {Loss::kKilled, Loss::kStopped}) {
      kinds.push_back(
          {fmt::format("broker-cluster-{}-{}", loss == Loss::kKilled ? "kill" : "pause", name),
           {},
           [name, loss](Random& random) {
             return std::make_unique<LostBroker>(name, loss, milliseconds(random.Below(5000)));
           },
           kBrokers});
    }
  }
  return kinds;
}

}  // namespace orderflow::fault
