// kill -9, crash loops, SIGSTOP and SIGCONT of our own processes, and a second instance beside one.
#include <csignal>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/testing/eventually.h"
#include "tests/fault/faults/faults.h"
#include "tests/fault/faults/second_instance.h"
#include "tests/fault/processes.h"

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;
using testing::TcpProxy;

constexpr int kLaunchesMax = 12;  // of a crash loop

// Longer than a consumer's session and a payment lease (6 s here), and every time-out of a
// statement.
constexpr milliseconds kPastEveryTimeout(9'000);

absl::StatusOr<pid_t> KillNow(Rig& rig, const std::string& name) {
  ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf(name));
  ::kill(pid, SIGKILL);
  RETURN_IF_ERROR(Await([&] { return IsGone(pid); }, fmt::format("{} is gone", name)));
  return pid;
}

absl::Status StopNow(pid_t pid) {
  ::kill(pid, SIGSTOP);
  return Await([pid] { return IsStopped(pid); }, "the process is stopped");
}

absl::Status StayStopped(pid_t pid) {
  LetPass(kPastEveryTimeout);
  return IsStopped(pid) ? absl::OkStatus()
                        : absl::FailedPreconditionError("the process woke up too early");
}

absl::Status GoOn(pid_t pid) {
  ::kill(pid, SIGCONT);
  return Await([pid] { return !IsStopped(pid); }, "the process goes on");
}

class KillFault final : public Fault {
 public:
  KillFault(std::string name, milliseconds down) : name_(std::move(name)), down_(down) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t pid, KillNow(rig, name_));
    const int port = rig.PortOf(name_);
    RETURN_IF_ERROR(Await([&] { return Refuses(port); }, "its port refuses"));
    Begin();
    LetPass(down_);
    return fmt::format("pid {} gone, port {} refuses, for {} ms", pid, port, down_.count());
  }
  absl::Status Heal(Rig& rig) override { return rig.Up(name_); }

 private:
  const std::string name_;
  const milliseconds down_;
};

// Killed, and then again and again in the middle of coming up.
class CrashLoopFault final : public Fault {
 public:
  CrashLoopFault(std::string name, int crashes, milliseconds delay)
      : name_(std::move(name)), crashes_(crashes), delay_(delay) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t first, KillNow(rig, name_));
    Begin();
    std::string pids = std::to_string(first);
    int early = 0;
    milliseconds delay = delay_;
    for (int launch = 0; early < crashes_; ++launch) {
      if (launch == kLaunchesMax) {
        return absl::FailedPreconditionError(
            fmt::format("only {} of {} starts were not ready when killed", early, launch));
      }
      RETURN_IF_ERROR(rig.Launch(name_));
      LetPass(delay);
      const bool was_ready = rig.IsReady(rig.AdminPortOf(name_));
      ASSIGN_OR_RETURN(const pid_t pid, KillNow(rig, name_));
      pids += fmt::format(" {}", pid);
      early += was_ready ? 0 : 1;
      delay = was_ready ? delay / 2 : delay;
    }
    return fmt::format("pids {} gone one after the other, {} before they were ready", pids, early);
  }
  absl::Status Heal(Rig& rig) override { return rig.Up(name_); }

 private:
  const std::string name_;
  const int crashes_;
  const milliseconds delay_;
};

// Stopped for longer than every time-out, then awake again, sure that nothing has happened.
class PauseFault final : public Fault {
 public:
  explicit PauseFault(std::string name) : name_(std::move(name)) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(pid_, rig.PidOf(name_));
    RETURN_IF_ERROR(StopNow(pid_));
    Begin();
    RETURN_IF_ERROR(StayStopped(pid_));
    RETURN_IF_ERROR(GoOn(pid_));
    return fmt::format("pid {} stopped for {} ms", pid_, kPastEveryTimeout.count());
  }
  absl::Status Heal(Rig& rig) override {
    if (pid_ != 0) {
      ::kill(pid_, SIGCONT);
    }
    return rig.Up(name_);
  }

 private:
  const std::string name_;
  pid_t pid_ = 0;
};

// The same with a batch in its hands, while a second instance takes its partitions: awake again, it
// must be refused what it then writes.
class ZombieFault final : public Fault {
 public:
  explicit ZombieFault(std::string name) : name_(std::move(name)), second_(name_) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(second_.Start(rig));
    // Partitions change hands only while both are awake: until then the second one has none.
    RETURN_IF_ERROR(
        AwaitAtLeast([&] { return second_.Handled(rig); }, 1, "the second one has handled records")
            .status());
    ASSIGN_OR_RETURN(pid_, rig.PidOf(name_));
    for (int pause = 1; pause <= kPausesMax; ++pause) {
      ASSIGN_OR_RETURN(const double fenced_before, Fenced(rig));
      ASSIGN_OR_RETURN(const double taken_over, Pause(rig));
      double fenced = 0;
      if (testing::Eventually(
              [&] {
                fenced = Fenced(rig).value_or(fenced_before) - fenced_before;
                return fenced > 0;
              },
              kWakeUp)) {
        return fmt::format(
            "pid {} stopped for {} ms, {} records handled by a second one, {} batches fenced at "
            "awakening {}",
            pid_, kPastEveryTimeout.count(), taken_over, fenced, pause);
      }
      RETURN_IF_ERROR(AwaitWork(rig));
    }
    return absl::FailedPreconditionError(
        fmt::format("awake {} times, and never with a batch in its hands", kPausesMax));
  }

  absl::Status Heal(Rig& rig) override {
    rig.ProxyTo(name_).SetLink(TcpProxy::Link::kOpen);
    if (pid_ != 0) {
      ::kill(pid_, SIGCONT);
    }
    RETURN_IF_ERROR(second_.Stop());
    return rig.Up(name_);
  }

 private:
  static constexpr int kPausesMax = 4;
  static constexpr std::chrono::seconds kWakeUp{5};
  static constexpr milliseconds kFillsHands{500};

  absl::StatusOr<double> Fenced(Rig& rig) const {
    return rig.Metric(rig.AdminPortOf(name_), "orderflow_consumer_fenced_batches_total");
  }

  // Its way to PostgreSQL is held first, so that records come and stay in its hands. Returns how
  // many the second one has handled meanwhile.
  absl::StatusOr<double> Pause(Rig& rig) {
    TcpProxy& proxy = rig.ProxyTo(name_);
    const int64_t withheld = proxy.counts().withheld;
    proxy.SetLink(TcpProxy::Link::kFrozen);
    RETURN_IF_ERROR(
        Await([&] { return proxy.counts().withheld > withheld; }, "something waits to be written"));
    LetPass(kFillsHands);
    ASSIGN_OR_RETURN(const double before, second_.Handled(rig));
    RETURN_IF_ERROR(StopNow(pid_));
    Begin();
    RETURN_IF_ERROR(StayStopped(pid_));
    ASSIGN_OR_RETURN(const double after, second_.Handled(rig));
    proxy.SetLink(TcpProxy::Link::kOpen);
    RETURN_IF_ERROR(GoOn(pid_));
    if (after == before) {
      return absl::FailedPreconditionError("the second instance has taken over nothing");
    }
    return after - before;
  }

  absl::Status AwaitWork(Rig& rig) const {
    const int port = rig.AdminPortOf(name_);
    ASSIGN_OR_RETURN(const double before, HandledBy(rig, port));
    return AwaitAtLeast([&] { return HandledBy(rig, port); }, before + 1,
                        "the first one is at work again")
        .status();
  }

  const std::string name_;
  SecondInstance second_;
  pid_t pid_ = 0;
};

// Two at once, and then none of them stops in order.
class DoubleFault final : public Fault {
 public:
  explicit DoubleFault(std::string name) : name_(std::move(name)), second_(name_) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(second_.Start(rig));
    const int first_port = rig.AdminPortOf(name_);
    Begin();
    ASSIGN_OR_RETURN(const double first, HandledBy(rig, first_port));
    RETURN_IF_ERROR(AwaitAtLeast([&] { return HandledBy(rig, first_port); }, first + 1,
                                 "the first one has handled records beside it")
                        .status());
    ASSIGN_OR_RETURN(const double handled, AwaitAtLeast([&] { return second_.Handled(rig); }, 1,
                                                        "the second one has handled records"));
    RETURN_IF_ERROR(second_.Kill());
    return fmt::format("two at once, the second handled {} records and was killed", handled);
  }
  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(second_.Stop());
    return rig.Up(name_);
  }

 private:
  const std::string name_;
  SecondInstance second_;
};

}  // namespace

absl::Status Await(const std::function<bool()>& condition, const std::string& what) {
  return testing::Eventually(condition, std::chrono::seconds(40))
             ? absl::OkStatus()
             : absl::DeadlineExceededError(fmt::format("not observed: {}", what));
}

void LetPass(milliseconds time) {
  const auto end = std::chrono::steady_clock::now() + time;
  testing::Eventually([end] { return std::chrono::steady_clock::now() >= end; },
                      std::chrono::ceil<std::chrono::seconds>(time) + std::chrono::seconds(1));
}

std::vector<FaultKind> ProcessFaults() {
  std::vector<FaultKind> kinds;
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    kinds.push_back({"kill-" + name, {name}, [name](Random& random) {
                       return std::make_unique<KillFault>(name, milliseconds(random.Below(4000)));
                     }});
  }
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    kinds.push_back(
        {"pause-" + name, {name}, [name](Random&) { return std::make_unique<PauseFault>(name); }});
  }
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    kinds.push_back({"crash-loop-" + name, {name}, [name](Random& random) {
                       return std::make_unique<CrashLoopFault>(
                           name, 2 + static_cast<int>(random.Below(3)),
                           milliseconds(random.Below(400)));
                     }});
  }
  for (const std::string name :
       {"saga-orchestrator", "payment-service", "inventory-service", "notification-service"}) {
    kinds.push_back({"zombie-" + name, {name}, [name](Random&) {
                       return std::make_unique<ZombieFault>(name);
                     }});
    kinds.push_back({"two-of-" + name, {name}, [name](Random&) {
                       return std::make_unique<DoubleFault>(name);
                     }});
  }
  return kinds;
}

}  // namespace orderflow::fault
