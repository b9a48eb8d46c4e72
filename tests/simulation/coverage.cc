#include "tests/simulation/coverage.h"

#include "fmt/format.h"

namespace orderflow::simulation {
namespace {

constexpr size_t kSize = static_cast<size_t>(Sometimes::kCount);

// In the order of the enumeration.
constexpr std::array<const char*, kSize> kNames{
    "commit lost",
    "commit in doubt, applied",
    "commit in doubt, lost",
    "process crash",
    "zombie fenced",
    "record sent twice",
    "sweep sent again",
    "provider request lost",
    "provider request late",
    "provider answer lost",
    "provider asked by key",
    "clock jump",
    "request sent twice",
    "event before an earlier one",
    "order confirmed",
    "order rejected, out of stock",
    "order rejected, declined",
    "order cancelled before its pivot",
    "order cancelled after confirmation",
    "cancel refused",
    "step unknown",
    "step asked again",
    "step skipped",
    "step refused",
    "step compensated",
    "step done",
    "saga completed",
    "saga compensated",
};

}  // namespace

void Coverage::Add(const Coverage& other) {
  for (size_t i = 0; i < kSize; ++i) {
    counts_[i] += other.counts_[i];
  }
}

std::vector<std::string> Coverage::Missing() const {
  std::vector<std::string> missing;
  for (size_t i = 0; i < kSize; ++i) {
    if (counts_[i] == 0) {
      missing.emplace_back(kNames[i]);
    }
  }
  return missing;
}

std::string Coverage::Report() const {
  std::string report;
  for (size_t i = 0; i < kSize; ++i) {
    report += fmt::format("  {:36} {:>12}\n", kNames[i], counts_[i]);
  }
  return report;
}

}  // namespace orderflow::simulation
