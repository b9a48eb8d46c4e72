// Proves that a watcher gets every change once, in order and without gaps, in whatever order
// history and live changes reach it, and that it ends exactly when the latest change is at rest.

#include "services/order/domain/watch_progress.h"

#include <gtest/gtest.h>

#include <limits>

namespace orderflow::order {
namespace {

StateChange Change(int64_t sequence, OrderState state) {
  return {sequence, state, Timestamp(), std::nullopt};
}

const StateChange kPlaced = Change(1, OrderState::kPending);
const StateChange kConfirmed = Change(2, OrderState::kConfirmed);
const StateChange kCancelling = Change(3, OrderState::kCancelling);
const StateChange kCancelled = Change(4, OrderState::kCancelled);

TEST(WatchProgress, TakesHistoryThenLiveChanges) {
  WatchProgress progress(0);

  EXPECT_EQ(progress.Take({kPlaced}), std::vector<StateChange>{kPlaced});
  EXPECT_FALSE(progress.at_rest());
  EXPECT_EQ(progress.Take({kConfirmed}), std::vector<StateChange>{kConfirmed});
  EXPECT_TRUE(progress.at_rest());
}

TEST(WatchProgress, WaitsForTheHistoryWhenALiveChangeComesFirst) {
  WatchProgress progress(0);

  EXPECT_TRUE(progress.Take({kConfirmed}).empty());
  EXPECT_FALSE(progress.at_rest());
  EXPECT_EQ(progress.Take({kPlaced, kConfirmed}), (std::vector<StateChange>{kPlaced, kConfirmed}));
  EXPECT_TRUE(progress.at_rest());
}

TEST(WatchProgress, AnOlderHistoryTakesNothingBack) {
  WatchProgress progress(0);
  (void)progress.Take({kPlaced});
  (void)progress.Take({kConfirmed});

  EXPECT_TRUE(progress.Take({kPlaced}).empty());

  EXPECT_TRUE(progress.at_rest());
}

TEST(WatchProgress, EndsForAClientThatClaimsToHaveEverySequenceThereIs) {
  WatchProgress progress(std::numeric_limits<int64_t>::max());

  EXPECT_TRUE(progress.Take({kPlaced, kConfirmed}).empty());
  EXPECT_TRUE(progress.at_rest());
}

TEST(WatchProgress, ResumesAfterTheSequenceThatTheClientHas) {
  WatchProgress progress(2);

  EXPECT_EQ(progress.Take({kPlaced, kConfirmed, kCancelling, kCancelled}),
            (std::vector<StateChange>{kCancelling, kCancelled}));
  EXPECT_TRUE(progress.at_rest());
}

TEST(WatchProgress, IsAtRestWhenTheClientHasTheLastChangeAlready) {
  WatchProgress progress(2);

  EXPECT_TRUE(progress.Take({kPlaced, kConfirmed}).empty());

  EXPECT_TRUE(progress.at_rest());
}

}  // namespace
}  // namespace orderflow::order
