// Kafka and all of its data are lost for good, with events in it that nobody had read, and an empty
// one takes its place.
#include <algorithm>
#include <chrono>
#include <csignal>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

// Who reads topics from where they stopped.
constexpr const char* kConsumers[] = {"payment-service", "inventory-service",
                                      "notification-service", "saga-orchestrator"};
constexpr char kWithRoom[] = "10 seconds ago";  // for what was under way
constexpr int kUnreadMin = 10;                  // events that are lost with the broker

class KafkaLostFault final : public Fault {
 public:
  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const std::string from, TimeOf(rig, kWithRoom));
    RETURN_IF_ERROR(Kill(rig, "notification-service"));
    ASSIGN_OR_RETURN(const int64_t unread,
                     AwaitAtLeast([&] { return Unread(rig); }, kUnreadMin, "events are unread"));
    RETURN_IF_ERROR(Kill(rig, "kafka"));
    RETURN_IF_ERROR(rig.Run("deploy/local/kafka.sh wipe").status());
    rig.TopicsAreNew();
    Begin();
    const auto begin = SteadyClock::now();
    RETURN_IF_ERROR(Replace(rig));
    ASSIGN_OR_RETURN(const std::string to, TimeOf(rig, "now"));
    ASSIGN_OR_RETURN(const std::string republished, Republish(rig, from, to));
    const auto took = std::chrono::duration_cast<milliseconds>(SteadyClock::now() - begin);
    return fmt::format("all data gone with {} unread events, {} {} ms later", unread, republished,
                       took.count());
  }

  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(rig.Up("kafka"));
    RETURN_IF_ERROR(rig.Run("deploy/local/services.sh topics").status());
    for (const char* name : kConsumers) {
      RETURN_IF_ERROR(rig.Up(name));
    }
    return absl::OkStatus();
  }

 private:
  // What the runbook says (docs/runbooks/kafka-lost.md).
  absl::Status Replace(Rig& rig) {
    RETURN_IF_ERROR(rig.Up("kafka"));
    RETURN_IF_ERROR(rig.Run("deploy/local/services.sh topics").status());
    for (const char* name : kConsumers) {
      RETURN_IF_ERROR(
          rig.Run(fmt::format("deploy/local/services.sh forget-positions {}", name)).status());
      RETURN_IF_ERROR(rig.Run(fmt::format("deploy/local/services.sh restart {}", name)).status());
    }
    return absl::OkStatus();
  }

  static absl::Status Kill(Rig& rig, const std::string& name) {
    ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf(name));
    ::kill(pid, SIGKILL);
    return Await([pid] { return IsGone(pid); }, name + " is gone");
  }

  static absl::StatusOr<std::string> TimeOf(Rig& rig, const std::string& when) {
    return rig.Run(fmt::format("date -u -d '{}' +%FT%TZ | tr -d '\\n'", when));
  }

  // Events in the log that notification-service, whose progress says how far it was, has not read.
  static absl::StatusOr<int64_t> Unread(Rig& rig) {
    ASSIGN_OR_RETURN(
        const int64_t written,
        rig.RunForNumber("kcat -b \"$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS\" -C -q -e -o beginning "
                         "-t order.events -X fetch.wait.max.ms=10 -f 'x\n' | wc -l"));
    ASSIGN_OR_RETURN(const int64_t read,
                     rig.Count("NOTIFICATIONS",
                               "SELECT COALESCE(SUM(next_offset), 0) FROM "
                               "consumer_progress WHERE topic = 'order.events'"));
    return written - read;
  }

  // Returns what it says in the end.
  static absl::StatusOr<std::string> Republish(Rig& rig, const std::string& from,
                                               const std::string& to) {
    return rig.Run(
        fmt::format("\"$ORDERFLOW_BUILD_DIR/bin/orderctl\" event republish --from {} --to {} --yes "
                    "--as fault --reason kafka-lost >\"$ORDERFLOW_STATE_DIR/logs/republish.log\" "
                    "2>&1 && tail -n 1 \"$ORDERFLOW_STATE_DIR/logs/republish.log\" | tr -d '\n'",
                    from, to));
  }
};

}  // namespace

FaultKind KafkaLost() {
  return {"kafka-lost", {}, [](Random&) { return std::make_unique<KafkaLostFault>(); }};
}

}  // namespace orderflow::fault
