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

// Longer than a consumer's session and a payment lease (6 s here), and every time-out of a
// statement.
constexpr milliseconds kPastEveryTimeout(9'000);

absl::StatusOr<pid_t> KillNow(Rig& rig, const std::string& name) {
  ASSIGN_OR_RETURN(const pid_t pid, rig.PidOf(name));
  ::kill(pid, SIGKILL);
  RETURN_IF_ERROR(Await([&] { return IsGone(pid); }, fmt::format("{} is gone", name)));
  return pid;
}

class KillFault final : public Fault {
 public:
  KillFault(std::string name, milliseconds down) : name_(std::move(name)), down_(down) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    ASSIGN_OR_RETURN(const pid_t pid, KillNow(rig, name_));
    const int port = rig.PortOf(name_);
    RETURN_IF_ERROR(Await([&] { return Refuses(port); }, "its port refuses"));
    LetPass(down_);
    return fmt::format("pid {} gone, port {} refuses, for {} ms", pid, port, down_.count());
  }
  absl::Status Heal(Rig& rig) override { return rig.Up(name_); }

 private:
  const std::string name_;
  const milliseconds down_;
};

// Killed again as soon as it is up, and in the middle of coming up.
class CrashLoopFault final : public Fault {
 public:
  CrashLoopFault(std::string name, int crashes) : name_(std::move(name)), crashes_(crashes) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    std::string pids;
    for (int crash = 0; crash < crashes_; ++crash) {
      ASSIGN_OR_RETURN(const pid_t pid, KillNow(rig, name_));
      pids += fmt::format(" {}", pid);
      RETURN_IF_ERROR(rig.Up(name_));
    }
    return fmt::format("pids{} gone one after the other", pids);
  }
  absl::Status Heal(Rig& rig) override { return rig.Up(name_); }

 private:
  const std::string name_;
  const int crashes_;
};

// Stopped for longer than every time-out, then awake again, sure that nothing has happened. With a
// second instance, that one has its partitions meanwhile.
class PauseFault final : public Fault {
 public:
  PauseFault(std::string name, bool has_second)
      : name_(std::move(name)), second_(name_), has_second_(has_second) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    if (has_second_) {
      RETURN_IF_ERROR(second_.Start(rig));
    }
    ASSIGN_OR_RETURN(pid_, rig.PidOf(name_));
    ::kill(pid_, SIGSTOP);
    RETURN_IF_ERROR(Await([this] { return IsStopped(pid_); }, "the process is stopped"));
    double before = 0;
    if (has_second_) {
      ASSIGN_OR_RETURN(before, second_.Handled(rig));
    }
    LetPass(kPastEveryTimeout);
    double taken_over = 0;
    if (has_second_) {
      ASSIGN_OR_RETURN(const double after, second_.Handled(rig));
      taken_over = after - before;
    }
    if (!IsStopped(pid_)) {
      return absl::FailedPreconditionError("the process woke up too early");
    }
    if (has_second_ && taken_over == 0) {
      return absl::FailedPreconditionError("the second instance has taken over nothing");
    }
    ::kill(pid_, SIGCONT);
    RETURN_IF_ERROR(Await([this] { return !IsStopped(pid_); }, "the process goes on"));
    return fmt::format(
        "pid {} stopped for {} ms{}", pid_, kPastEveryTimeout.count(),
        has_second_ ? fmt::format(", {} records handled by a second one", taken_over) : "");
  }

  absl::Status Heal(Rig& rig) override {
    if (pid_ != 0) {
      ::kill(pid_, SIGCONT);
    }
    RETURN_IF_ERROR(second_.Stop());
    return rig.Up(name_);
  }

 private:
  const std::string name_;
  SecondInstance second_;
  const bool has_second_;
  pid_t pid_ = 0;
};

// Two at once, and then none of them stops in order.
class DoubleFault final : public Fault {
 public:
  explicit DoubleFault(std::string name) : name_(std::move(name)), second_(name_) {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    RETURN_IF_ERROR(second_.Start(rig));
    const int first_port = rig.AdminPortOf(name_);
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
    kinds.push_back({"pause-" + name, {name}, [name](Random&) {
                       return std::make_unique<PauseFault>(name, false);
                     }});
  }
  for (const Process& process : kProcesses) {
    const std::string name = process.name;
    kinds.push_back({"crash-loop-" + name, {name}, [name](Random& random) {
                       return std::make_unique<CrashLoopFault>(
                           name, 2 + static_cast<int>(random.Below(3)));
                     }});
  }
  for (const std::string name :
       {"saga-orchestrator", "payment-service", "inventory-service", "notification-service"}) {
    kinds.push_back({"zombie-" + name, {name}, [name](Random&) {
                       return std::make_unique<PauseFault>(name, true);
                     }});
    kinds.push_back({"two-of-" + name, {name}, [name](Random&) {
                       return std::make_unique<DoubleFault>(name);
                     }});
  }
  return kinds;
}

}  // namespace orderflow::fault
