// When a process may serve: with tokens over TLS, or by a setting that says insecure.
#include "libs/service/authentication_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/status_macros.h"

namespace orderflow::service {
namespace {

using ::testing::HasSubstr;

const config::Settings::Environment kTokens{{"ORDERFLOW_AUTH_ISSUER", "https://id.example"},
                                            {"ORDERFLOW_AUTH_AUDIENCE", "orderflow"},
                                            {"ORDERFLOW_AUTH_KEYS_FILE", "/keys.json"}};

// What is wrong; empty when it may serve.
std::string Problem(config::Settings::Environment environment, bool encrypted) {
  config::Settings settings(std::move(environment));
  const AuthenticationConfig config = DeclareAuthentication(settings, /*for_customers=*/true);
  RequireAuthentication(settings, config, encrypted);
  return Message(settings.Check());
}

config::Settings::Environment Without(size_t index) {
  config::Settings::Environment environment = kTokens;
  environment.erase(environment.begin() + static_cast<std::ptrdiff_t>(index));
  return environment;
}

TEST(AuthenticationConfig, ServesWithTokensOverTls) {
  EXPECT_EQ(Problem(kTokens, /*encrypted=*/true), "");
}

TEST(AuthenticationConfig, ServesNothingByDefault) {
  EXPECT_THAT(Problem({}, true), HasSubstr("no authentication"));
  EXPECT_THAT(Problem({}, false), HasSubstr("no authentication"));
}

TEST(AuthenticationConfig, ServesNothingWithAPartOrInPlaintext) {
  for (size_t i = 0; i < kTokens.size(); ++i) {
    EXPECT_THAT(Problem(Without(i), true), HasSubstr("no authentication")) << kTokens[i].first;
  }
  EXPECT_THAT(Problem(kTokens, /*encrypted=*/false), HasSubstr("no authentication"));
  config::Settings::Environment both = kTokens;
  both.emplace_back("ORDERFLOW_AUTH_KEYS_URL", "https://id.example/keys");
  EXPECT_THAT(Problem(both, true), HasSubstr("no authentication"));
}

TEST(AuthenticationConfig, InsecureIsSaidByNameAndAlone) {
  EXPECT_EQ(Problem({{"ORDERFLOW_INSECURE_NO_AUTHENTICATION", "true"}}, false), "");
  config::Settings::Environment both = kTokens;
  both.emplace_back("ORDERFLOW_INSECURE_NO_AUTHENTICATION", "true");
  EXPECT_THAT(Problem(both, true), HasSubstr("contradict"));
}

}  // namespace
}  // namespace orderflow::service
