// The wall clock of one process is off by hours, and jumps while it works. Its steady clock and the
// database's clock stay right.
#include <cstdlib>
#include <fstream>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tests/fault/faults/faults.h"

namespace orderflow::fault {
namespace {

constexpr int kTakenForNow = 300;  // a line of the log may be so many seconds old
constexpr std::chrono::milliseconds kAfterJump(2000);

// What stands in the file moves the clock at once: shims/skewed_clock.cc.
class ClockFault final : public Fault {
 public:
  ClockFault(std::string name, int first_jump, int second_jump)
      : name_(std::move(name)), jumps_{first_jump, second_jump} {}

  absl::StatusOr<std::string> Strike(Rig& rig) override {
    file_ = rig.SharedFile("clock-of-" + name_);
    Set(0);
    RETURN_IF_ERROR(rig.Down(name_));
    RETURN_IF_ERROR(rig.UpWith(name_, fmt::format("LD_PRELOAD={} SKEWED_CLOCK_FILE={}",
                                                  rig.SharedFile("skewed_clock.so"), file_)));
    std::string effect;
    for (const int jump : jumps_) {
      Set(jump);
      int64_t skew = 0;
      RETURN_IF_ERROR(Await(
          [&] {
            const auto read = SkewOfLog(rig);
            skew = read.value_or(0);
            return read.ok() && std::abs(skew - jump) < kTakenForNow;
          },
          fmt::format("the clock of {} is off by {} s", name_, jump)));
      Begin();
      LetPass(kAfterJump);
      effect += fmt::format("{}off by {} s", effect.empty() ? "" : ", then ", skew);
    }
    return fmt::format("the log of {} is {}", name_, effect);
  }

  absl::Status Heal(Rig& rig) override {
    RETURN_IF_ERROR(rig.Down(name_));
    return rig.Up(name_);
  }

 private:
  void Set(int seconds) const { std::ofstream(file_) << fmt::format("{:+}\n", seconds); }

  // How far the time of the last line of its log is from now, in seconds.
  // A last line without a time, as of a library that writes there, tells nothing.
  absl::StatusOr<int64_t> SkewOfLog(Rig& rig) const {
    return rig.RunForNumber(
        fmt::format("time=$(tail -n 1 \"$ORDERFLOW_STATE_DIR/logs/{}.log\" | sed -n "
                    "'s/^{{\"time\":\"\\([^\"]*\\)\".*/\\1/p') && [ -n \"$time\" ] && "
                    "there=$(date -d \"$time\" +%s) && echo $((there - $(date +%s)))",
                    name_));
  }

  const std::string name_;
  const std::vector<int> jumps_;
  std::string file_;
};

}  // namespace

std::vector<FaultKind> ClockFaults() {
  std::vector<FaultKind> kinds;
  // Those whose log has lines all the time.
  for (const std::string name : {"order-service", "saga-orchestrator", "payment-service"}) {
    for (const bool is_forward : {true, false}) {
      kinds.push_back({fmt::format("clock-{}-{}", is_forward ? "ahead" : "behind", name),
                       {name},
                       [name, is_forward](Random& random) {
                         // 20 minutes to two hours, and then as far to the other side.
                         const int seconds = 1200 + static_cast<int>(random.Below(6000));
                         const int jump = is_forward ? seconds : -seconds;
                         return std::make_unique<ClockFault>(name, jump, -jump);
                       }});
    }
  }
  return kinds;
}

}  // namespace orderflow::fault
