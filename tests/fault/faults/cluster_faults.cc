// Three brokers, every topic on all of them, two of which must have a record before it is
// acknowledged; one is lost, and orders go on from end to end.
#include <csignal>
#include <cstdlib>

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
int UnderReplicated(Rig& rig) {
  const auto count = rig.Run(
      "kcat -b \"$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS,127.0.0.1:$KAFKA_PORT_2,"
      "127.0.0.1:$KAFKA_PORT_3\" -L -m 3 | grep -c 'isrs: [0-9],[0-9]$' || true");
  return std::atoi(count.value_or("").c_str());
}

int64_t Confirmed(Rig& rig) {
  return rig.Count("ORDERS", "SELECT COUNT(*) FROM orders WHERE state = 'CONFIRMED'").value_or(0);
}

enum class Loss { kKilled, kStopped };

class LostBroker final : public Fault {
 public:
  LostBroker(std::string name, Loss loss, milliseconds time)
      : name_(std::move(name)), loss_(loss), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(
        Await([&] { return UnderReplicated(rig) == 0; }, "all replicas are in step before"));
    ASSIGN_OR_RETURN(pid_, rig.PidOf(name_));
    ::kill(pid_, loss_ == Loss::kKilled ? SIGKILL : SIGSTOP);
    RETURN_IF_ERROR(Await(
        [this] { return loss_ == Loss::kKilled ? IsGone(pid_) : IsStopped(pid_); }, "it is lost"));
    int lacking = 0;
    RETURN_IF_ERROR(Await(
        [&] {
          lacking = UnderReplicated(rig);
          return lacking > 0;
        },
        "the cluster notices"));
    const int64_t before = Confirmed(rig);
    RETURN_IF_ERROR(Await([&] { return Confirmed(rig) >= before + kConfirmedMeanwhile; },
                          "orders are confirmed with two brokers"));
    LetPass(time_);
    return fmt::format("pid {} of {} {}, {} partitions lack a replica, {} orders confirmed", pid_,
                       name_, loss_ == Loss::kKilled ? "gone" : "stopped", lacking,
                       Confirmed(rig) - before);
  }

  // Until every replica is back: the next round may lose another one.
  absl::Status Heal(Rig& rig) override {
    if (pid_ != 0 && loss_ == Loss::kStopped) {
      ::kill(pid_, SIGCONT);
    }
    RETURN_IF_ERROR(rig.Up(name_));
    return Await([&] { return UnderReplicated(rig) == 0; }, "all replicas are in step again");
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
