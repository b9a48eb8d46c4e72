#include "libs/rpc/adaptive_limit.h"

#include <algorithm>

namespace orderflow::rpc {
namespace {

constexpr double kDecrease = 0.9;
constexpr double kIncrease = 1.1;
constexpr double kIncreaseMin = 2;  // so that a small limit grows, too
constexpr double kSmoothing = 0.4;  // share of the latest window
// Less is let in than is done, so that a backlog shrinks.
constexpr double kDrain = 0.95;
constexpr double kWorkFactorMin = 0.5;
constexpr double kIsGettingBetter = 0;

double Smoothed(double before, double latest) {
  return before == 0 ? latest : before + kSmoothing * (latest - before);
}

}  // namespace

AdaptiveLimit::AdaptiveLimit(LimitOptions options)
    : options_(options), value_(std::clamp(options.initial, options.min, options.max)) {}

double AdaptiveLimit::WorkFactor(const LoadWindow& window) {
  if (window.work_done == 0) {
    begun_rate_ = 0;
    done_rate_ = 0;
    return 1;
  }
  const double seconds = std::chrono::duration<double>(window.length).count();
  begun_rate_ = Smoothed(begun_rate_, static_cast<double>(window.work_begun) / seconds);
  done_rate_ = Smoothed(done_rate_, static_cast<double>(window.work_done) / seconds);
  const double wait = static_cast<double>(window.work_waiting) / done_rate_;
  // The mean alone would count a few that take very long as all that take a little longer.
  const bool most_are_late = 2 * window.work_done_late > window.work_done;
  if (wait <= std::chrono::duration<double>(options_.work_target).count() || !most_are_late) {
    return 1;
  }
  if (begun_rate_ <= kDrain * done_rate_) {
    return kIsGettingBetter;
  }
  return std::clamp(kDrain * done_rate_ / begun_rate_, kWorkFactorMin, 1.0);
}

void AdaptiveLimit::Update(const LoadWindow& window) {
  const double work_factor = WorkFactor(window);
  const bool has_standing_queue =
      window.wait_min.has_value() && *window.wait_min > options_.wait_target;
  double factor = has_standing_queue ? kDecrease : 1;
  if (work_factor != kIsGettingBetter) {
    factor = std::min(factor, work_factor);
  }
  if (factor < 1) {
    value_ *= factor;
  } else if (work_factor == 1 && (window.is_limit_reached || value_ < options_.initial)) {
    value_ = std::max(value_ * kIncrease, value_ + kIncreaseMin);
  }
  value_ = std::clamp(value_, static_cast<double>(options_.min), static_cast<double>(options_.max));
}

}  // namespace orderflow::rpc
