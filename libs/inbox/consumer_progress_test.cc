// Proves what counts as a fence.
#include "libs/inbox/consumer_progress.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"

namespace orderflow::inbox {
namespace {

TEST(ConsumerProgress, OnlyTheMarkMakesAFence) {
  EXPECT_TRUE(IsFenced(TypedError(absl::StatusCode::kCancelled, "moved", "CONSUMER_FENCED")));
  EXPECT_FALSE(IsFenced(absl::CancelledError("a peer has ended the call")));
  EXPECT_FALSE(IsFenced(TypedError(absl::StatusCode::kInternal, "moved", "CONSUMER_FENCED")));
  EXPECT_FALSE(IsFenced(absl::OkStatus()));
}

}  // namespace
}  // namespace orderflow::inbox
