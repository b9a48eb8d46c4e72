// Proves which rows a run must look at again: no transaction that was still writing when the run
// before looked may fall out of the window, however long it takes.
#include "tools/verify/change_window.h"

#include "gtest/gtest.h"
#include "libs/base/uuid.h"

namespace orderflow::verify {
namespace {

using std::chrono::seconds;

Timestamp At(int64_t second) { return Timestamp(seconds(1'700'000'000 + second)); }

Position RunAt(int64_t second, const std::string& running) {
  return {.time = At(second), .snapshot = "5:9:", .running = running};
}

TEST(ChangeWindow, BeginsAtTheRunWhenNobodyWrites) {
  Position next = RunAt(60, "");
  const Position previous = RunAt(0, "7");

  SetSafeTime(&previous, next);

  EXPECT_EQ(next.safe_time, At(60));
}

TEST(ChangeWindow, BeginsAtTheRunBeforeForTransactionsThatAreNewSince) {
  Position next = RunAt(60, "8,9");
  Position previous = RunAt(0, "7");
  previous.safe_time = At(-60);

  SetSafeTime(&previous, next);

  EXPECT_EQ(next.safe_time, At(0));
}

TEST(ChangeWindow, IsHeldBackByALongTransactionUntilItHasEnded) {
  Position run = RunAt(0, "");
  SetSafeTime(nullptr, run);
  for (int minute = 1; minute <= 30; ++minute) {
    Position next = RunAt(60 * minute, "7");
    SetSafeTime(&run, next);
    run = next;
  }
  EXPECT_EQ(run.safe_time, At(0)) << "it began between the first two runs";

  Position after = RunAt(60 * 31, "8");
  SetSafeTime(&run, after);

  EXPECT_EQ(after.safe_time, At(60 * 30));
}

TEST(ChangeWindow, DoesNotKnowWhatRanBeforeTheFirstRun) {
  Position quiet = RunAt(0, "");
  Position busy = RunAt(0, "7");

  SetSafeTime(nullptr, quiet);
  SetSafeTime(nullptr, busy);

  EXPECT_EQ(quiet.safe_time, At(0));
  EXPECT_EQ(busy.safe_time, At(0) - kTransactionMax);
}

TEST(ChangeWindow, IdsMadeAfterItAreNotSmaller) {
  class FixedClock : public Clock {
   public:
    Timestamp Now() const override { return At(0) - kIdsEarlierMax; }
  };
  const FixedClock clock;
  UuidV7Generator ids(clock);
  const std::string id = ids.NewId();

  EXPECT_LE(FirstIdAfter({.time = {}, .snapshot = {}, .running = {}, .safe_time = At(0)}), id);
  EXPECT_GT(FirstIdAfter({.time = {}, .snapshot = {}, .running = {}, .safe_time = At(1)}), id);
}

TEST(ChangeWindow, NoticesADatabaseThatHasGoneBack) {
  const Position position = RunAt(0, "");

  EXPECT_TRUE(IsOlder("5:8:", position));
  EXPECT_FALSE(IsOlder("5:9:", position));
  EXPECT_FALSE(IsOlder("9:12:9,10", position));
}

}  // namespace
}  // namespace orderflow::verify
