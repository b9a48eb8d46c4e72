// Each process dies at each of its crash points (libs/base/crash_point.h), under load, and comes
// back.
#include <algorithm>

#include "fmt/format.h"
#include "libs/base/crash_point.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

// The provider is asked behind the commit only.
constexpr char kIntentFirst[] = "ORDERFLOW_PAYMENT_ANSWER_WAIT_MS=0";

constexpr int kHitsMax = 4;  // a point lets so many hits but one pass at most

// A point in a process, and the point before which it is only reached after another crash.
struct Edge {
  const char* process;
  const char* point;
  const char* after = nullptr;    // crash there first
  const char* without = nullptr;  // a process that must be down for it
  const char* with = "";          // a setting that it needs
};

constexpr Edge kEdges[] = {
    {"order-service", "order.before_commit_of_accept"},
    {"order-service", "order.before_answer_to_accept"},
    {"order-service", "order.before_commit_of_cancel"},
    {"order-service", "order.before_answer_to_cancel"},
    {"saga-orchestrator", "saga.before_commit_of_step"},
    {"saga-orchestrator", "saga.after_commit_of_step"},
    {"saga-orchestrator", "saga.before_timers", nullptr, "inventory-service"},
    {"payment-service", "payment.before_commit_of_commands"},
    {"payment-service", "payment.after_intent", nullptr, nullptr, kIntentFirst},
    {"payment-service", "payment.before_call"},
    {"payment-service", "payment.after_call"},
    {"payment-service", "payment.after_answers"},
    {"payment-service", "payment.before_commit_of_outcome", nullptr, nullptr, kIntentFirst},
    {"payment-service", "payment.after_outcome", nullptr, nullptr, kIntentFirst},
    {"payment-service", "payment.after_claim", "payment.after_intent", nullptr, kIntentFirst},
    {"notification-service", "notification.after_claim"},
    {"notification-service", "notification.after_mail"},
    {"notification-service", "notification.after_record"},
    {"payment-provider-simulator", "provider.before_booking"},
    {"payment-provider-simulator", "provider.before_answer"},
    {"saga-orchestrator", "inbox.before_commit"},
    {"payment-service", "inbox.before_commit"},
    {"inventory-service", "inbox.before_commit"},
    {"notification-service", "inbox.before_commit"},
    {"saga-orchestrator", "inbox.after_commit"},
    {"payment-service", "inbox.after_commit"},
    {"inventory-service", "inbox.after_commit"},
    {"notification-service", "inbox.after_commit"},
    {"order-service", "outbox.before_hand_off"},
    {"saga-orchestrator", "outbox.before_hand_off"},
    {"payment-service", "outbox.before_hand_off"},
    {"inventory-service", "outbox.before_hand_off"},
    {"order-service", "outbox.before_send"},
    {"saga-orchestrator", "outbox.before_send"},
    {"payment-service", "outbox.before_send"},
    {"inventory-service", "outbox.before_send"},
    {"order-service", "outbox.after_send"},
    {"saga-orchestrator", "outbox.after_send"},
    {"payment-service", "outbox.after_send"},
    {"inventory-service", "outbox.after_send"},
    {"order-service", "outbox.after_acknowledgement"},
    {"saga-orchestrator", "outbox.after_acknowledgement"},
    {"payment-service", "outbox.after_acknowledgement"},
    {"inventory-service", "outbox.after_acknowledgement"},
    {"order-service", "outbox.before_delete"},
    {"saga-orchestrator", "outbox.before_delete"},
    {"payment-service", "outbox.before_delete"},
    {"inventory-service", "outbox.before_delete"},
    {"order-service", "outbox.after_delete"},
    {"saga-orchestrator", "outbox.after_delete"},
    {"payment-service", "outbox.after_delete"},
    {"inventory-service", "outbox.after_delete"},
    {"payment-service", "outbox.before_swept_hand_off", "outbox.before_hand_off"},
    {"inventory-service", "outbox.before_swept_hand_off", "outbox.before_hand_off"},
};

constexpr bool IsStruckSomewhere(std::string_view point) {
  return std::any_of(std::begin(kEdges), std::end(kEdges),
                     [point](const Edge& edge) { return edge.point == point; });
}
static_assert(std::all_of(std::begin(kCrashPoints), std::end(kCrashPoints), IsStruckSomewhere),
              "a crash point at which no process is made to die");

class CrashPointFault final : public Fault {
 public:
  CrashPointFault(const Edge& edge, int hit) : edge_(edge), hit_(hit) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    std::string effect;
    if (edge_.without != nullptr) {
      RETURN_IF_ERROR(rig.Down(edge_.without));
    }
    if (edge_.after != nullptr) {
      ASSIGN_OR_RETURN(effect, CrashAt(rig, edge_.after, 1));
      effect += "; ";
    }
    ASSIGN_OR_RETURN(const std::string crashed, CrashAt(rig, edge_.point, hit_));
    return effect + crashed;
  }
  // One that has not died is still armed.
  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(rig.Down(edge_.process));
    if (edge_.without != nullptr) {
      RETURN_IF_ERROR(rig.Up(edge_.without));
    }
    return rig.Up(edge_.process);
  }

 private:
  // Starts the process with the point armed, and waits for its end.
  absl::StatusOr<std::string> CrashAt(Rig& rig, const std::string& point, int hit) const {
    const std::string name = edge_.process;
    RETURN_IF_ERROR(rig.Down(name));
    // It may well come there before it is ready.
    rig.UpWith(name, fmt::format("{}={}:{} {}", kCrashPointSetting, point, hit, edge_.with))
        .IgnoreError();
    ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf(name));
    RETURN_IF_ERROR(
        Await([pid] { return IsGone(pid); }, fmt::format("{} dies at {}", name, point)));
    Begin();
    // Its own words, the last that it had; without them it has died of something else.
    return rig.Run(fmt::format(
        "words=$(tail -n 20 \"$ORDERFLOW_STATE_DIR/logs/{}.log\" | tr -d '\\0' | grep -F "
        "'crash point {} reached at hit {}, pid {} ends here') && printf %s \"$words\"",
        name, point, hit, pid));
  }

  const Edge edge_;
  const int hit_;
};

}  // namespace

std::vector<FaultKind> CrashPointFaults() {
  std::vector<FaultKind> kinds;
  if (!kHasCrashPoints) {
    return kinds;  // of a release build
  }
  for (const Edge& edge : kEdges) {
    std::vector<std::string> touches = {edge.process};
    if (edge.without != nullptr) {
      touches.push_back(edge.without);
    }
    kinds.push_back({fmt::format("crash-points-{}-{}", edge.process, edge.point),
                     std::move(touches), [edge](Random& random) {
                       // What another crash has left is met once.
                       const int hits = edge.after == nullptr ? kHitsMax : 1;
                       return std::make_unique<CrashPointFault>(
                           edge, 1 + static_cast<int>(random.Below(hits)));
                     }});
  }
  return kinds;
}

}  // namespace orderflow::fault
