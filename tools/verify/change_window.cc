#include "tools/verify/change_window.h"

#include <charconv>
#include <set>
#include <sstream>

#include "fmt/format.h"

namespace orderflow::verify {
namespace {

std::set<std::string> Split(const std::string& text) {
  std::set<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, ',');) {
    parts.insert(part);
  }
  return parts;
}

// Of "xmin:xmax:in progress": transactions from here on had not begun, or not ended.
uint64_t EndOf(const std::string& snapshot) {
  const size_t colon = snapshot.find(':');
  uint64_t end = 0;
  if (colon != std::string::npos) {
    std::from_chars(snapshot.data() + colon + 1, snapshot.data() + snapshot.size(), end);
  }
  return end;
}

}  // namespace

void SetSafeTime(const Position* previous, Position& next) {
  if (next.running.empty()) {
    next.safe_time = next.time;
    return;
  }
  if (previous == nullptr) {
    next.safe_time = next.time - kTransactionMax;
    return;
  }
  const std::set<std::string> before = Split(previous->running);
  next.safe_time = previous->time;
  for (const std::string& transaction : Split(next.running)) {
    if (before.contains(transaction)) {
      next.safe_time = previous->safe_time;
    }
  }
}

std::string FirstIdAfter(const Position& position) {
  const Timestamp first = position.safe_time - kIdsEarlierMax;
  const auto ms = std::max<int64_t>(
      0, std::chrono::duration_cast<std::chrono::milliseconds>(first.time_since_epoch()).count());
  return fmt::format("{:08x}-{:04x}-0000-0000-000000000000", ms >> 16, ms & 0xffff);
}

bool IsOlder(const std::string& snapshot, const Position& position) {
  return EndOf(snapshot) < EndOf(position.snapshot);
}

}  // namespace orderflow::verify
