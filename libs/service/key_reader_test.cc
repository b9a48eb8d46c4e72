// Proves that the age of the keys is seen, in the metrics and in the log, while they cannot be
// read.
#include "libs/service/key_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/status/statusor.h"
#include "fmt/format.h"
#include "libs/auth/key_ring.h"
#include "libs/auth/testing/token_issuer.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::service {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

class KeyReaderTest : public ::testing::Test {
 protected:
  double Shown() const {
    const std::string name = "\norderflow_auth_keys_read_timestamp_seconds ";
    const std::string text = metrics_.Expose();
    const size_t found = text.find(name);
    return found == std::string::npos ? -1 : std::stod(text.substr(found + name.size()));
  }
  double Now() const {
    return static_cast<double>(
        std::chrono::duration_cast<std::chrono::seconds>(clock_.Now().time_since_epoch()).count());
  }

  testing::FakeClock clock_;
  telemetry::Metrics metrics_;
  absl::StatusOr<std::string> text_ = auth::KeySetOf({auth::TokenIssuer("a", 0).public_key()});
  auth::KeyRing keys_{[this] { return text_; }};
  KeyReader reader_{keys_, clock_, metrics_};
};

TEST_F(KeyReaderTest, ShowsWhenTheKeysWereRead) {
  EXPECT_EQ(Shown(), 0);

  ASSERT_THAT(reader_.Read(), IsOk());
  const double first = Now();
  EXPECT_EQ(Shown(), first);

  clock_.Advance(std::chrono::minutes(1));
  reader_.ReadAgain();
  EXPECT_EQ(Shown(), first + 60);
}

TEST_F(KeyReaderTest, KeysThatCannotBeReadGrowOldAndTheLogSaysSo) {
  ASSERT_THAT(reader_.Read(), IsOk());
  const double first = Now();
  text_ = absl::UnavailableError("the provider is down");
  clock_.Advance(std::chrono::minutes(20));

  ::testing::internal::CaptureStderr();
  reader_.ReadAgain();
  telemetry::FlushLog();
  const std::string log = ::testing::internal::GetCapturedStderr();

  EXPECT_EQ(Shown(), first);
  EXPECT_THAT(log, HasSubstr("the provider is down"));
  EXPECT_THAT(log, HasSubstr("\"age_seconds\":\"1200\""));
}

TEST_F(KeyReaderTest, SaysWhyThereAreNoneAtTheStart) {
  text_ = absl::UnavailableError("the provider is down");
  EXPECT_THAT(reader_.Read(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(Shown(), 0);
}

}  // namespace
}  // namespace orderflow::service
