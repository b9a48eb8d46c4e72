// Proves that ids have the layout of RFC 9562 version 7 (field by field, with the timestamp of its
// appendix A.6), and are strictly increasing within a millisecond, when the clock steps back, and
// between threads.

#include "libs/base/uuid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>
#include <vector>

#include "libs/testing/fake_clock.h"
#include "libs/testing/sequential_ids.h"

namespace orderflow {
namespace {

using ::orderflow::testing::FakeClock;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using ::testing::StartsWith;

TEST(UuidV7Generator, HasTheTimestampOfTheRfcVector) {
  // RFC 9562 A.6: 017F22E2-79B0-7CC3-98C4-DC0C0C07398F is 2022-02-22T19:22:22Z, 0x017F22E279B0 ms.
  const FakeClock clock(Timestamp(milliseconds(0x017F22E279B0)));
  UuidV7Generator under_test(clock);

  EXPECT_THAT(under_test.NewId(), StartsWith("017f22e2-79b0-7"));
}

TEST(UuidV7Generator, HasVersionAndVariant) {
  const FakeClock clock;
  UuidV7Generator under_test(clock);

  for (int i = 0; i < 1000; ++i) {
    const std::string id = under_test.NewId();
    ASSERT_TRUE(IsUuid(id)) << id;
    EXPECT_EQ(id[14], '7') << id;
    EXPECT_NE(std::string("89ab").find(id[19]), std::string::npos) << id;
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef-"), std::string::npos) << id;
  }
}

TEST(UuidV7Generator, CutsMicrosecondsDown) {
  const FakeClock clock(Timestamp(milliseconds(0x017F22E279B0) + microseconds(999)));
  UuidV7Generator under_test(clock);

  EXPECT_THAT(under_test.NewId(), StartsWith("017f22e2-79b0-7"));
}

TEST(UuidV7Generator, IncreasesWithinOneMillisecondBeyondItsCounter) {
  const FakeClock clock;
  UuidV7Generator under_test(clock);

  std::string last = under_test.NewId();
  for (int i = 0; i < 3 * 4096; ++i) {
    const std::string next = under_test.NewId();
    ASSERT_LT(last, next);
    last = next;
  }
}

TEST(UuidV7Generator, IncreasesWhenTheClockStepsBack) {
  FakeClock clock;
  UuidV7Generator under_test(clock);
  const std::string before = under_test.NewId();
  clock.Advance(-std::chrono::hours(1));

  const std::string behind = under_test.NewId();
  clock.Advance(std::chrono::hours(2));
  const std::string ahead = under_test.NewId();

  EXPECT_LT(before, behind);
  EXPECT_LT(behind, ahead);
}

TEST(UuidV7Generator, DiffersBetweenGeneratorsOfTheSameInstant) {
  const FakeClock clock;
  UuidV7Generator first(clock);
  UuidV7Generator second(clock);

  EXPECT_NE(first.NewId(), second.NewId());
}

TEST(UuidV7Generator, IsUniqueBetweenThreads) {
  constexpr int kThreads = 4;
  constexpr int kIdsEach = 2000;
  const SystemClock clock;
  UuidV7Generator under_test(clock);
  const auto draw = [&] {
    std::vector<std::string> ids;
    for (int i = 0; i < kIdsEach; ++i) {
      ids.push_back(under_test.NewId());
    }
    return ids;
  };

  std::vector<std::future<std::vector<std::string>>> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.push_back(std::async(std::launch::async, draw));
  }

  std::set<std::string> all;
  for (auto& thread : threads) {
    const std::vector<std::string> ids = thread.get();
    EXPECT_TRUE(std::is_sorted(ids.begin(), ids.end()));
    all.insert(ids.begin(), ids.end());
  }
  EXPECT_EQ(all.size(), static_cast<size_t>(kThreads * kIdsEach));
}

TEST(IsUuid, AcceptsEitherCase) {
  EXPECT_TRUE(IsUuid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
  EXPECT_TRUE(IsUuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398F"));
  EXPECT_TRUE(IsUuid("00000000-0000-0000-0000-000000000000"));
}

TEST(IsUuid, RefusesEverythingElse) {
  for (const char* text :
       {"", "017f22e2", "017f22e279b07cc398c4dc0c0c07398f", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff", "g17f22e2-79b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2179b0-7cc3-98c4-dc0c0c07398f", "{17f22e2-79b0-7cc3-98c4-dc0c0c07398}",
        "-17f22e2-79b0-7cc3-98c4-dc0c0c07398f"}) {
    EXPECT_FALSE(IsUuid(text)) << text;
  }
}

TEST(SequentialIds, AreValidAndTheSameEachTime) {
  testing::SequentialIds under_test;

  EXPECT_EQ(under_test.NewId(), "00000000-0000-7000-8000-000000000001");
  EXPECT_EQ(under_test.NewId(), "00000000-0000-7000-8000-000000000002");
  EXPECT_TRUE(IsUuid(under_test.NewId()));
}

TEST(LowerCaseUuid, ChangesLettersOnly) {
  EXPECT_EQ(LowerCaseUuid("017F22E2-79B0-7CC3-98C4-DC0C0C07398f"),
            "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

}  // namespace
}  // namespace orderflow
