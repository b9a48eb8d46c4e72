#pragma once

#include <chrono>
#include <string>

#include "libs/config/settings.h"

namespace orderflow::service {

// How callers of the gRPC API prove who they are.
struct AuthenticationConfig {
  bool insecure_none = false;  // whoever reaches the port may do everything
  std::string issuer{};
  std::string audience{};
  std::string keys_file{};
  std::string keys_url{};
  std::string keys_authorities_file{};
  std::string trust_domain{};
  std::chrono::milliseconds keys_refresh{60'000};
  std::chrono::milliseconds clock_skew{30'000};
  int customer_calls_per_second = 0;  // 0: any number
};

// `for_customers`: declares their rate, too.
AuthenticationConfig DeclareAuthentication(config::Settings& settings, bool for_customers);

// What must hold before anything is served: that somebody decides who gets in, over connections
// that nobody reads along, or that the setting named insecure says otherwise.
void RequireAuthentication(config::Settings& settings, const AuthenticationConfig& config,
                           bool encrypted);

}  // namespace orderflow::service
