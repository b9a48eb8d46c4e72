// Kafka and PostgreSQL killed, paused and restarted.
#include <csignal>
#include <set>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;

constexpr char kBacklog[] = "SELECT COUNT(*) FROM outbox_messages";

// Orders are accepted and their messages wait: proof that the broker is out of reach for ours.
absl::StatusOr<int64_t> AwaitBacklog(Rig& rig) {
  int64_t backlog = 0;
  RETURN_IF_ERROR(Await(
      [&] {
        backlog = rig.Count("ORDERS", kBacklog).value_or(0);
        return backlog >= 20;
      },
      "the backlog grows"));
  return backlog;
}

class KillKafka final : public Fault {
 public:
  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf("kafka"));
    ::kill(pid, SIGKILL);
    RETURN_IF_ERROR(Await([&] { return IsGone(pid); }, "the broker is gone"));
    RETURN_IF_ERROR(Await([&] { return Refuses(rig.PortOf("kafka")); }, "its port refuses"));
    ASSIGN_OR_RETURN(const int64_t backlog, AwaitBacklog(rig));
    return fmt::format("pid {} gone, {} messages wait", pid, backlog);
  }
  absl::Status Heal(Rig& rig) override { return rig.Up("kafka"); }
};

class RestartKafka final : public Fault {
 public:
  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t before, rig.PidOf("kafka"));
    RETURN_IF_ERROR(rig.Down("kafka"));
    if (!IsGone(before) || !Refuses(rig.PortOf("kafka"))) {
      return absl::FailedPreconditionError("the broker still runs");
    }
    Begin();
    RETURN_IF_ERROR(rig.Up("kafka"));
    ASSIGN_OR_RETURN(const pid_t after, rig.PidOf("kafka"));
    return fmt::format("stopped in order, pid {} is now {}", before, after);
  }
  absl::Status Heal(Rig& rig) override { return rig.Up("kafka"); }
};

// SIGSTOP of a server and all its children, then SIGCONT.
class PauseServer final : public Fault {
 public:
  PauseServer(std::string name, milliseconds time) : name_(std::move(name)), time_(time) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t server, rig.PidOf(name_));
    // The first one first: it must not start or bury children meanwhile.
    ::kill(server, SIGSTOP);
    pids_ = WithChildren(server);
    for (const pid_t pid : pids_) {
      ::kill(pid, SIGSTOP);
    }
    RETURN_IF_ERROR(Await([this] { return AllStopped(); }, "all its processes are stopped"));
    LetPass(time_);
    if (!AllStopped()) {
      return absl::FailedPreconditionError("a process woke up too early");
    }
    std::string effect = fmt::format("pid {} and {} children stopped for {} ms", server,
                                     pids_.size() - 1, time_.count());
    if (name_ == "kafka") {
      ASSIGN_OR_RETURN(const int64_t backlog, AwaitBacklog(rig));
      effect += fmt::format(", {} messages wait", backlog);
    }
    return effect;
  }

  absl::Status Heal(Rig& rig) override {
    for (auto pid = pids_.rbegin(); pid != pids_.rend(); ++pid) {
      ::kill(*pid, SIGCONT);
    }
    return rig.Up(name_);
  }

 private:
  bool AllStopped() const {
    return std::all_of(pids_.begin(), pids_.end(), [](pid_t pid) { return IsStopped(pid); });
  }

  const std::string name_;
  const milliseconds time_;
  std::vector<pid_t> pids_;
};

class KillPostgres final : public Fault {
 public:
  explicit KillPostgres(milliseconds down) : down_(down) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t server, rig.PidOf("postgres"));
    const std::vector<pid_t> pids = WithChildren(server);
    ::kill(server, SIGKILL);
    RETURN_IF_ERROR(Await([&] { return std::all_of(pids.begin(), pids.end(), IsGone); },
                          "all its processes end"));
    RETURN_IF_ERROR(Await([&] { return Refuses(rig.PortOf("postgres")); }, "its port refuses"));
    LetPass(down_);
    return fmt::format("pid {} and {} children gone, port refuses for {} ms", server,
                       pids.size() - 1, down_.count());
  }
  absl::Status Heal(Rig& rig) override { return rig.Up("postgres"); }

 private:
  const milliseconds down_;
};

// kill -9 of one backend: the server ends all sessions and recovers from its log by itself.
class KillBackend final : public Fault {
 public:
  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t server, rig.PidOf("postgres"));
    ASSIGN_OR_RETURN(const int64_t victim,
                     rig.Count("ORDERS",
                               "SELECT pid FROM pg_stat_activity WHERE usename = 'order_service' "
                               "ORDER BY pid LIMIT 1"));
    const std::vector<pid_t> before = WithChildren(server);
    ::kill(static_cast<pid_t>(victim), SIGKILL);
    RETURN_IF_ERROR(Await([&] { return std::all_of(before.begin() + 1, before.end(), IsGone); },
                          "all sessions end"));
    if (IsGone(server)) {
      return absl::FailedPreconditionError("the server itself is gone");
    }
    return fmt::format("backend {} killed, {} processes ended with it", victim, before.size() - 2);
  }
  absl::Status Heal(Rig& rig) override { return rig.Up("postgres"); }
};

template <class Made, class... Arguments>
std::function<std::unique_ptr<Fault>(Random&)> Make(Arguments... arguments) {
  return [=](Random&) { return std::make_unique<Made>(arguments...); };
}

}  // namespace

std::vector<FaultKind> ServerFaults() {
  return {
      {"kill-kafka", {}, Make<KillKafka>()},
      {"pause-kafka",
       {},
       [](Random& random) {
         return std::make_unique<PauseServer>("kafka", milliseconds(4000 + random.Below(16'000)));
       }},
      {"restart-kafka", {"kafka"}, Make<RestartKafka>()},
      {"kill-postgres",
       {},
       [](Random& random) {
         return std::make_unique<KillPostgres>(milliseconds(random.Below(5000)));
       }},
      {"kill-postgres-backend", {}, Make<KillBackend>()},
      // Past the statement time-out (5 s) and the watchdog of the pool (7.5 s).
      {"pause-postgres",
       {},
       [](Random& random) {
         return std::make_unique<PauseServer>("postgres",
                                              milliseconds(2000 + random.Below(12'000)));
       }},
  };
}

}  // namespace orderflow::fault
