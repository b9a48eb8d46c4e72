// Proves what each magic token asks for, and that malformed ones are ordinary tokens.
#include "services/payment_provider_simulator/domain/magic_token.h"

#include <gtest/gtest.h>

#include <chrono>

namespace orderflow::payment_provider_simulator {
namespace {

TEST(MagicToken, AsksForWhatItsNameSays) {
  EXPECT_EQ(BehaviourOf("tok_approve"), TokenBehaviour());
  EXPECT_EQ(BehaviourOf("anything"), TokenBehaviour());
  EXPECT_EQ(BehaviourOf("tok_decline_insufficient_funds").decline_code, "insufficient_funds");
  EXPECT_EQ(BehaviourOf("tok_slow").delay, std::chrono::seconds(2));
  EXPECT_EQ(BehaviourOf("tok_fail_3").failing_calls, 3);
  EXPECT_TRUE(BehaviourOf("tok_timeout").first_call_silent);
  EXPECT_TRUE(BehaviourOf("tok_lapse").hold_lapses);
}

TEST(MagicToken, TakesMalformedOnesForOrdinary) {
  for (const char* token :
       {"tok_fail_", "tok_fail_x", "tok_fail_3x", "tok_decline_", "tok_slower", ""}) {
    EXPECT_EQ(BehaviourOf(token), TokenBehaviour()) << token;
  }
  EXPECT_EQ(BehaviourOf("tok_fail_99999").failing_calls, 1000);
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator
