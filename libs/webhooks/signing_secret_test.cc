// Proves what a secret may look like, and that what is wrong with one never repeats it.
#include "libs/webhooks/signing_secret.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::webhooks {
namespace {

using ::orderflow::testing::IsOk;
using ::testing::HasSubstr;
using ::testing::Not;

std::string SecretOf(size_t bytes) {
  return "whsec_" + absl::Base64Escape(std::string(bytes, 'k'));
}

TEST(SigningSecret, IsTwentyFourToSixtyFourBytes) {
  EXPECT_EQ(SigningSecret::Parse(SecretOf(24))->key(), std::string(24, 'k'));
  EXPECT_EQ(SigningSecret::Parse(SecretOf(64))->key(), std::string(64, 'k'));

  EXPECT_FALSE(SigningSecret::Parse(SecretOf(23)).ok());
  EXPECT_FALSE(SigningSecret::Parse(SecretOf(65)).ok());
}

TEST(SigningSecret, IsNeverPartOfAnError) {
  for (const std::string& wrong :
       {std::string(), std::string("whsec_"), SecretOf(32).substr(6), "WHSEC_" + SecretOf(32),
        std::string("whsec_not*base64*at*all*but*long*enough")}) {
    const absl::Status status = SigningSecret::Parse(wrong).status();

    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << wrong;
    EXPECT_EQ(DetailsOf(status).reason, "WEBHOOK_SECRET_INVALID");
    if (!wrong.empty() && wrong != "whsec_") {
      EXPECT_THAT(status.ToString(), Not(HasSubstr(wrong)));
    }
  }
}

TEST(ParseSigningSecrets, TakesSeveralForTheTimeOfAChange) {
  const auto secrets = ParseSigningSecrets(SecretOf(32) + "  " + SecretOf(24) + " ");

  ASSERT_THAT(secrets, IsOk());
  ASSERT_EQ(secrets->size(), 2u);
  EXPECT_EQ((*secrets)[1].key().size(), 24u);
}

TEST(ParseSigningSecrets, NamesThePlaceOfTheWrongOne) {
  const std::string right = SecretOf(32);

  EXPECT_THAT(ParseSigningSecrets(right + " " + SecretOf(8)).status().ToString(),
              HasSubstr("number 2 of 2"));
  EXPECT_FALSE(ParseSigningSecrets(" ").ok());
  EXPECT_FALSE(
      ParseSigningSecrets(right + " " + right + " " + right + " " + right + " " + right).ok());
}

}  // namespace
}  // namespace orderflow::webhooks
