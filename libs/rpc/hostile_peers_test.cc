// Proves which connection is called hostile, once, and that nothing is held for one without calls.

#include "libs/rpc/hostile_peers.h"

#include <gtest/gtest.h>

namespace orderflow::rpc {
namespace {

constexpr char kPeer[] = "ipv4:127.0.0.1:40000";
constexpr char kOther[] = "ipv4:127.0.0.1:40001";
constexpr int kCallsMax = 10;

TEST(HostilePeers, NamesAConnectionWithTooManyCallsUnderWayOnce) {
  HostilePeers peers(kCallsMax);
  for (int i = 0; i < kCallsMax; ++i) {
    EXPECT_FALSE(peers.Began(kPeer));
    EXPECT_FALSE(peers.Began(kOther));
  }
  peers.Ended(kOther);

  EXPECT_TRUE(peers.Began(kPeer));
  EXPECT_FALSE(peers.Began(kPeer)) << "said before";
  EXPECT_FALSE(peers.Began(kOther));
}

TEST(HostilePeers, ForgetsAConnectionWithItsLastCall) {
  HostilePeers peers(kCallsMax);
  EXPECT_FALSE(peers.Began(kPeer));
  EXPECT_EQ(peers.size(), 1U);

  peers.Ended(kPeer);

  EXPECT_EQ(peers.size(), 0U);
}

}  // namespace
}  // namespace orderflow::rpc
