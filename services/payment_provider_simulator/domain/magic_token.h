#pragma once

#include <string>
#include <string_view>

#include "libs/base/clock.h"

namespace orderflow::payment_provider_simulator {

// How the simulator treats the operations of a payment, as its payment method token asks for it.
struct TokenBehaviour {
  std::string decline_code{};      // of the authorization; empty: approved
  Duration delay{0};               // before each answer
  int failing_calls = 0;           // the first so many calls of each operation fail, without effect
  bool first_call_silent = false;  // each operation takes effect, its first call is never answered
  bool hold_lapses = false;        // before it can be captured

  bool operator==(const TokenBehaviour&) const = default;
};

// "tok_approve", "tok_decline_<code>", "tok_slow", "tok_fail_<n>" (n up to 1000), "tok_timeout",
// "tok_lapse"; every other token is approved at once.
TokenBehaviour BehaviourOf(std::string_view token);

}  // namespace orderflow::payment_provider_simulator
