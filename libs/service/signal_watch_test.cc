// Proves that the first signal asks to stop, the second ends the process at once, and that a stop
// which takes too long is ended too. The latter two run in a child process.
#include "libs/service/signal_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <future>

namespace orderflow::service {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds kLong{30};
constexpr int kAsked = 42;  // no exit code that anything else gives

TEST(SignalWatch, EndsWithoutASignal) {
  bool called = false;
  {
    const SignalWatch watch(kLong, [&called] { called = true; });
  }

  EXPECT_FALSE(called);
}

TEST(SignalWatchDeathTest, AsksToStopOnTheFirstSignal) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        std::promise<void> stopped;
        const SignalWatch watch(kLong, [&stopped] { stopped.set_value(); });
        kill(getpid(), SIGTERM);
        const bool asked = stopped.get_future().wait_for(kLong) == std::future_status::ready;
        std::_Exit(asked ? kAsked : 1);
      },
      ::testing::ExitedWithCode(kAsked), "stopping");
}

TEST(SignalWatchDeathTest, EndsTheProcessOnTheSecondSignal) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        std::promise<void> stopped;
        const SignalWatch watch(kLong, [&stopped] { stopped.set_value(); });
        kill(getpid(), SIGINT);
        stopped.get_future().wait();
        kill(getpid(), SIGTERM);
        pause();
      },
      ::testing::ExitedWithCode(1), "second signal");
}

TEST(SignalWatchDeathTest, EndsAProcessThatTakesTooLongToStop) {
  ::testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_EXIT(
      {
        const SignalWatch watch(milliseconds(50), [] {});
        kill(getpid(), SIGTERM);
        pause();
      },
      ::testing::ExitedWithCode(1), "took too long");
}

}  // namespace
}  // namespace orderflow::service
