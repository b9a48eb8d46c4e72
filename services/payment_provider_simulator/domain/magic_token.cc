#include "services/payment_provider_simulator/domain/magic_token.h"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace orderflow::payment_provider_simulator {
namespace {

constexpr std::string_view kDeclinePrefix = "tok_decline_";
constexpr std::string_view kFailPrefix = "tok_fail_";
constexpr std::string_view kSlow = "tok_slow";
constexpr std::string_view kTimeout = "tok_timeout";
constexpr std::string_view kLapse = "tok_lapse";
constexpr Duration kSlowDelay = std::chrono::seconds(2);
constexpr int kFailingCallsMax = 1000;

bool StartsWith(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

}  // namespace

TokenBehaviour BehaviourOf(std::string_view token) {
  TokenBehaviour behaviour;
  if (token == kSlow) {
    behaviour.delay = kSlowDelay;
  } else if (token == kTimeout) {
    behaviour.first_call_silent = true;
  } else if (token == kLapse) {
    behaviour.hold_lapses = true;
  } else if (StartsWith(token, kDeclinePrefix)) {
    behaviour.decline_code = std::string(token.substr(kDeclinePrefix.size()));
  } else if (StartsWith(token, kFailPrefix)) {
    const std::string_view digits = token.substr(kFailPrefix.size());
    int count = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    if (error == std::errc() && end == digits.data() + digits.size()) {
      behaviour.failing_calls = std::clamp(count, 0, kFailingCallsMax);
    }
  }
  return behaviour;
}

}  // namespace orderflow::payment_provider_simulator
