#pragma once

#include <cstdint>
#include <optional>

#include "libs/base/clock.h"

namespace orderflow::rpc {

struct LimitOptions {
  int initial = 512;
  int min = 4;
  int max = 4096;
  // A call's wait before work on it begins. Only the shortest wait of a window is compared, so a
  // burst that drains is no offence and neither is a large batch: a queue that never empties is.
  Duration wait_target{std::chrono::milliseconds(100)};
  // From the answer of a call until the work that it leaves behind is done.
  Duration work_target{std::chrono::milliseconds(1500)};
};

// What a stretch of time showed.
struct LoadWindow {
  Duration length{};
  bool is_limit_reached = false;  // a call was refused: no place, or none for its customer
  std::optional<Duration> wait_min = std::nullopt;  // nothing: no work on a call began
  // The work that calls leave behind for others, in this window and at its end.
  int64_t work_begun = 0;
  int64_t work_done = 0;
  int64_t work_done_late = 0;  // took longer than half of work_target
  int64_t work_waiting = 0;
};

// How many calls may be under way, learned from what they do to the system. Pure: windows in, a
// limit out. Not threadsafe.
//
// - A standing queue in front of the work takes a tenth away (CoDel's signal, RFC 8289; AIMD).
// - Work that would wait longer than its target, while no less begins than is done, brings the
//   limit down by the ratio of the two (a gradient, as in Netflix' concurrency-limits): at most
//   half at a time. While more is done than begins the limit stays: the backlog shrinks by itself.
// - A limit that was reached without either grows by a tenth; below its initial value it also
//   grows back unreached.
//
// Work of which nothing is done at all does not count: that is an outage behind us, through which
// calls are still taken, and not more than it can do.
class AdaptiveLimit {
 public:
  explicit AdaptiveLimit(LimitOptions options);

  void Update(const LoadWindow& window);
  int value() const { return static_cast<int>(value_); }

 private:
  // 1: not slow; 0: slow, but getting better; else what to multiply the limit with.
  double WorkFactor(const LoadWindow& window);

  const LimitOptions options_;
  double value_;
  // Work per second, smoothed over a few windows: it is begun and done in batches.
  double begun_rate_ = 0;
  double done_rate_ = 0;
};

}  // namespace orderflow::rpc
