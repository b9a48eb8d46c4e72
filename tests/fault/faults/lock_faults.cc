// Somebody else's session, an operator's or a migration's, locks whole tables under the services.
#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

constexpr int kLocksAtLeast = 3;  // that somebody has waited for
constexpr int kLocksMax = 12;
constexpr int kTenthsMin = 8;  // of a second that a table is locked; a service gives up after one
constexpr int kTenthsMore = 30;

struct Target {
  const char* database;
  const char* owner;  // whom it concerns
  std::vector<const char*> tables;
};

// Locks one table after the other, drawn by lot, until enough of them have kept somebody waiting.
class LockStorm final : public Fault {
 public:
  LockStorm(Target target, uint64_t seed) : target_(std::move(target)), random_(seed) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    Begin();
    std::string effect;
    int met = 0;
    for (int lock = 0; met < kLocksAtLeast; ++lock) {
      if (lock == kLocksMax) {
        return absl::FailedPreconditionError(
            fmt::format("nobody has waited for {} of {} locks", lock - met, lock));
      }
      const char* table = target_.tables[random_.Below(target_.tables.size())];
      const int tenths = kTenthsMin + static_cast<int>(random_.Below(kTenthsMore));
      ASSIGN_OR_RETURN(const int64_t waiting, LockFor(rig, table, tenths));
      met += waiting > 0 ? 1 : 0;
      effect += fmt::format("{}{} for {} ms, {} waited", effect.empty() ? "" : "; ", table,
                            tenths * 100, waiting);
    }
    return fmt::format("locked in {}: {}", target_.database, effect);
  }
  // The session that holds a lock ends with it.
  absl::Status Heal(Rig& /*rig*/) override { return absl::OkStatus(); }

 private:
  // Returns how many sessions the server has seen waiting for it at once.
  absl::StatusOr<int64_t> LockFor(Rig& rig, const char* table, int tenths) const {
    return rig.RunForNumber(fmt::format(
        "psql -X -At -q -v ON_ERROR_STOP=1 \"$(deploy/local/postgres.sh admin-url {0})\" -c \""
        "BEGIN; LOCK TABLE {1} IN ACCESS EXCLUSIVE MODE; "
        "SELECT MAX(waiting) FROM (SELECT pg_sleep(0.1), (SELECT COUNT(*) FROM pg_locks "
        "WHERE NOT granted AND relation = '{1}'::regclass AND look > 0) AS waiting "
        "FROM generate_series(1, {2}) AS look) AS looks; COMMIT\"",
        target_.database, table, tenths));
  }

  const Target target_;
  Random random_;
};

}  // namespace

std::vector<FaultKind> LockFaults() {
  std::vector<FaultKind> kinds;
  for (const Target& target :
       {Target{"orders", "order-service", {"orders", "sagas", "outbox", "consumer_progress"}},
        Target{"payments", "payment-service", {"payments", "ledger_transfers", "outbox"}},
        Target{"inventory", "inventory-service", {"items", "reservations", "outbox"}},
        Target{"notifications", "notification-service", {"notifications", "consumer_progress"}}}) {
    std::vector<std::string> touches = {target.owner};
    if (target.database == std::string("orders")) {
      touches.emplace_back("saga-orchestrator");
    }
    kinds.push_back(
        {fmt::format("lock-storm-{}", target.database), touches,
         [target](Random& random) { return std::make_unique<LockStorm>(target, random.Next()); }});
  }
  return kinds;
}

}  // namespace orderflow::fault
