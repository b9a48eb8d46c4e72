// A process ends at the point that its environment names, at the hit that it names, and nowhere
// else.
#include "libs/base/crash_point.h"

#include <cstdlib>
#include <string>

#include "gtest/gtest.h"

namespace orderflow {
namespace {

// Each test crosses two points in a process of its own.
void CrossTwice(const char* armed) {
  ::setenv(kCrashPointSetting, armed, 1);
  for (int time = 0; time < 2; ++time) {
    CRASH_POINT("inbox.before_commit");
    CRASH_POINT("inbox.after_commit");
  }
  std::exit(0);
}

class CrashPointTest : public testing::Test {
 protected:
  void SetUp() override {
    testing::GTEST_FLAG(death_test_style) = "threadsafe";
    if (!kHasCrashPoints) {
      GTEST_SKIP() << "a release build has no crash points";
    }
  }
};

TEST_F(CrashPointTest, EndsTheProcessAtTheNamedPoint) {
  EXPECT_EXIT(CrossTwice("inbox.after_commit"), testing::ExitedWithCode(kCrashPointExitCode),
              "crash point inbox.after_commit reached");
}

TEST_F(CrashPointTest, CountsHits) {
  EXPECT_EXIT(CrossTwice("inbox.before_commit:2"), testing::ExitedWithCode(kCrashPointExitCode),
              "crash point inbox.before_commit reached");
  EXPECT_EXIT(CrossTwice("inbox.before_commit:3"), testing::ExitedWithCode(0), "");
}

TEST_F(CrashPointTest, IsInertWithoutAName) {
  EXPECT_EXIT(CrossTwice(""), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace orderflow
