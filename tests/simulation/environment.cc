#include "tests/simulation/environment.h"

namespace orderflow::simulation {
namespace {

constexpr double kCommitLost = 0.04;
constexpr double kCommitInDoubt = 0.04;
constexpr uint64_t kLow12Bits = 0xfff;
constexpr uint64_t kLow48Bits = 0xffffffffffff;

uint64_t Milliseconds(Timestamp time) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

}  // namespace

std::string CountingIds::NewId() {
  const uint64_t ms = Milliseconds(clock_.Now());
  const uint64_t count = ++count_;
  return fmt::format("{:08x}-{:04x}-7{:03x}-8000-{:012x}", ms >> 16, ms & 0xffff,
                     (count >> 12) & kLow12Bits, count & kLow48Bits);
}

CommitFate Environment::DrawCommit() {
  if (Fault(kCommitLost)) {
    coverage.Hit(Sometimes::kCommitLost);
    return CommitFate::kLost;
  }
  if (Fault(kCommitInDoubt)) {
    if (random.Chance(0.5)) {
      coverage.Hit(Sometimes::kCommitInDoubtApplied);
      return CommitFate::kInDoubtApplied;
    }
    coverage.Hit(Sometimes::kCommitInDoubtLost);
    return CommitFate::kLost;
  }
  return CommitFate::kCommitted;
}

void Environment::TraceLine(std::string text) {
  const auto since_start =
      std::chrono::duration<double>(clock.Now() - VirtualClock().Now()).count();
  timeline.push_back(fmt::format("{:>10.3f} s  {}", since_start, std::move(text)));
}

}  // namespace orderflow::simulation
