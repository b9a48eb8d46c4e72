#include "tests/simulation/environment.h"

#include <string_view>

namespace orderflow::simulation {
namespace {

constexpr double kCommitLost = 0.04;
constexpr double kCommitInDoubt = 0.02;  // and applied; as often and not
constexpr size_t kShortGroup = 4;        // hex digits

uint64_t Milliseconds(Timestamp time) {
  return static_cast<uint64_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

void WriteHex(std::string& text, size_t start, size_t digits, uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (size_t i = start + digits; i-- > start; value >>= 4) {
    text[i] = kDigits[value & 0xf];
  }
}

}  // namespace

std::string CountingIds::NewId() {
  const uint64_t ms = Milliseconds(clock_.Now());
  const uint64_t count = ++count_;
  std::string id = "________-____-7___-8000-____________";
  WriteHex(id, 0, 8, ms >> 16);
  WriteHex(id, 9, kShortGroup, ms);
  WriteHex(id, 15, 3, count >> 12);
  WriteHex(id, 24, 12, count);
  return id;
}

bool Environment::Fault(Sometimes fault, double probability) {
  if (!faults || !random.Chance(probability) || !Allows(fault)) {
    return false;
  }
  coverage.Hit(fault);
  return true;
}

CommitFate Environment::DrawCommit() {
  if (Fault(Sometimes::kCommitLost, kCommitLost)) {
    return CommitFate::kLost;
  }
  if (Fault(Sometimes::kCommitInDoubtLost, kCommitInDoubt)) {
    return CommitFate::kInDoubtLost;
  }
  return Fault(Sometimes::kCommitInDoubtApplied, kCommitInDoubt) ? CommitFate::kInDoubtApplied
                                                                 : CommitFate::kCommitted;
}

void Environment::Violate(std::string what) {
  Trace("VIOLATION: {}", what);
  violations.push_back(std::move(what));
}

void Environment::TraceLine(const std::string& text) {
  const auto since_start =
      std::chrono::duration<double>(clock.Now() - VirtualClock().Now()).count();
  timeline_(fmt::format("{:>10.3f} s  {}", since_start, text));
}

}  // namespace orderflow::simulation
