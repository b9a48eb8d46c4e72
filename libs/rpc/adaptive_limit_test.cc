// Proves in virtual time, against a model of a server with a queue and of a pipeline behind it,
// that the limit finds what the system can do, follows it down and up again, and neither collapses
// nor starves what is fast. Nothing here depends on the machine.

#include "libs/rpc/adaptive_limit.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace orderflow::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kWindow(250);
constexpr double kWindowSeconds = 0.25;
constexpr double kCallSeconds = 0.02;  // a call without any queue

// Calls that are under way for kCallSeconds, or as long as the server's queue makes them wait, and
// leave an order each, which a pipeline finishes at a rate of its own. Fluid: no randomness.
class System {
 public:
  explicit System(LimitOptions options = {}) : limit_(options) {}

  double offered = 0;          // calls per second
  double server_rate = 4'000;  // calls per second that the server can answer
  double pipeline_rate = 1'600;

  void Run(Duration time) {
    for (Duration at{}; at < time; at += kWindow) {
      Step();
    }
  }

  int limit() const { return limit_.value(); }
  double accepted_per_second() const { return accepted_per_second_; }
  double finished_per_second() const { return finished_per_second_; }
  double backlog_seconds() const { return backlog_ / pipeline_rate; }

 private:
  void Step() {
    // Little's law: so many calls at a time are answered at most at limit / time under way.
    const double at_limit = limit_.value() / kCallSeconds;
    const double wanted = std::min(offered, at_limit);
    accepted_per_second_ = std::min(wanted, server_rate);
    // Calls above what the server answers at once stand in its queue.
    const double queue = wanted > server_rate ? limit_.value() - server_rate * kCallSeconds : 0;
    const double finished =
        std::min(backlog_ + accepted_per_second_ * kWindowSeconds, pipeline_rate * kWindowSeconds);
    const double wait = backlog_ / std::max(pipeline_rate, 1.0);
    backlog_ += accepted_per_second_ * kWindowSeconds - finished;
    finished_per_second_ = finished / kWindowSeconds;
    limit_.Update({.length = kWindow,
                   .is_limit_reached = offered > at_limit || queue > 0,
                   .wait_min = Duration(std::lround(std::max(queue, 0.0) / server_rate * 1e6)),
                   .work_begun = std::lround(accepted_per_second_ * kWindowSeconds),
                   .work_done = std::lround(finished),
                   .work_done_late = wait > 0.75 ? std::lround(finished) : 0,
                   .work_waiting = std::lround(backlog_)});
  }

  AdaptiveLimit limit_;
  double backlog_ = 0;
  double accepted_per_second_ = 0;
  double finished_per_second_ = 0;
};

TEST(AdaptiveLimit, FindsTheConcurrencyOfASlowPipeline) {
  System system;
  system.offered = 16'000;

  system.Run(seconds(60));
  double worst_backlog = 0;
  double accepted = 0;
  constexpr int kWindows = 240;
  for (int i = 0; i < kWindows; ++i) {
    system.Run(kWindow);
    worst_backlog = std::max(worst_backlog, system.backlog_seconds());
    accepted += system.accepted_per_second() / kWindows;
    EXPECT_DOUBLE_EQ(system.finished_per_second(), system.pipeline_rate) << "starved at " << i;
  }

  EXPECT_NEAR(accepted, system.pipeline_rate, 0.05 * system.pipeline_rate);
  EXPECT_NEAR(system.limit(), system.pipeline_rate * kCallSeconds, 10);
  EXPECT_LT(worst_backlog, 4);
}

TEST(AdaptiveLimit, KeepsTheBacklogBoundedFromTheFirstMoment) {
  System system;
  system.offered = 16'000;
  double worst_backlog = 0;

  for (int i = 0; i < 80; ++i) {
    system.Run(kWindow);
    worst_backlog = std::max(worst_backlog, system.backlog_seconds());
  }

  EXPECT_LT(worst_backlog, 5);
}

TEST(AdaptiveLimit, FollowsASlowPhaseDownAndUpAgain) {
  System system;
  system.offered = 3'000;
  system.Run(seconds(30));

  system.pipeline_rate = 400;
  system.Run(seconds(60));
  EXPECT_NEAR(system.accepted_per_second(), 400, 60);
  system.pipeline_rate = 1'600;
  system.Run(seconds(15));
  EXPECT_DOUBLE_EQ(system.finished_per_second(), 1'600);
}

TEST(AdaptiveLimit, IsOutOfTheWayBelowWhatTheSystemCanDo) {
  System system;
  system.offered = 1'500;

  for (int i = 0; i < 240; ++i) {
    system.Run(kWindow);
    ASSERT_DOUBLE_EQ(system.accepted_per_second(), 1'500);
  }

  EXPECT_GE(system.limit(), LimitOptions{}.initial);
}

TEST(AdaptiveLimit, IsBackTenSecondsAfterAnOverload) {
  System system;
  system.offered = 16'000;
  system.Run(seconds(60));

  system.offered = 1'000;
  system.Run(seconds(1));
  EXPECT_DOUBLE_EQ(system.accepted_per_second(), 1'000);
  system.Run(seconds(9));
  EXPECT_LT(system.backlog_seconds(), 0.1);
}

TEST(AdaptiveLimit, CutsAStandingQueueInFrontOfTheServer) {
  System system({.initial = 4'000});
  system.offered = 16'000;
  system.server_rate = 500;  // the pipeline is fast enough for all of it

  system.Run(seconds(60));

  EXPECT_DOUBLE_EQ(system.accepted_per_second(), 500);
  // What is under way, and the queue that is allowed to stand.
  EXPECT_LT(system.limit(), 500 * (kCallSeconds + 0.1) * 1.2);
  EXPECT_GE(system.limit(), 500 * kCallSeconds);
}

TEST(AdaptiveLimit, GoesOnThroughAnOutageOfThePipeline) {
  System system;
  system.offered = 300;
  system.Run(seconds(10));

  system.pipeline_rate = 0;
  system.Run(seconds(60));

  EXPECT_DOUBLE_EQ(system.accepted_per_second(), 300);
}

TEST(AdaptiveLimit, AdmitsWhileTheBacklogOfAnOutageDrains) {
  System system;
  system.offered = 300;
  system.pipeline_rate = 0;
  system.Run(seconds(60));

  system.pipeline_rate = 1'600;

  for (int i = 0; i < 60; ++i) {
    system.Run(kWindow);
    ASSERT_DOUBLE_EQ(system.accepted_per_second(), 300);
  }
  EXPECT_LT(system.backlog_seconds(), 0.1);
}

TEST(AdaptiveLimit, IsNotMovedByAFewThatTakeVeryLong) {
  AdaptiveLimit limit({});

  // 5 % of 100 orders a second wait for a provider that answers after half a minute.
  for (int i = 0; i < 400; ++i) {
    limit.Update({.length = kWindow,
                  .work_begun = 25,
                  .work_done = 25,
                  .work_done_late = 1,
                  .work_waiting = 155});
  }

  EXPECT_EQ(limit.value(), LimitOptions{}.initial);
}

TEST(AdaptiveLimit, StaysWithinItsBounds) {
  AdaptiveLimit limit({.initial = 10, .min = 4, .max = 20});
  for (int i = 0; i < 100; ++i) {
    limit.Update({.length = kWindow, .wait_min = seconds(1)});
  }
  EXPECT_EQ(limit.value(), 4);

  for (int i = 0; i < 100; ++i) {
    limit.Update({.length = kWindow, .is_limit_reached = true, .wait_min = Duration(0)});
  }
  EXPECT_EQ(limit.value(), 20);
}

TEST(AdaptiveLimit, GrowsBackToItsInitialValueUnreached) {
  AdaptiveLimit limit({.initial = 100, .min = 4});
  for (int i = 0; i < 100; ++i) {
    limit.Update({.length = kWindow, .wait_min = seconds(1)});
  }

  for (int i = 0; i < 40; ++i) {
    limit.Update({.length = kWindow});
  }

  EXPECT_GE(limit.value(), 100);
}

}  // namespace
}  // namespace orderflow::rpc
