// Proves that settings are read with their types and ranges, that every mistake is named at once,
// and that the documentation comes from the declarations and never shows a secret. Pure: the
// environment is passed in.
#include "libs/config/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/crash_point.h"
#include "libs/base/status_macros.h"

namespace orderflow::config {
namespace {

using Environment = Settings::Environment;
using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Settings, ReadsEachType) {
  Settings settings({{"ORDERFLOW_NAME", "orders"},
                     {"ORDERFLOW_PEER", "127.0.0.1:15054"},
                     {"ORDERFLOW_COUNT", "-3"},
                     {"ORDERFLOW_GRACE_MS", "1500"},
                     {"ORDERFLOW_LEVEL", "debug"},
                     {"HOME", "/root"}});

  EXPECT_EQ(settings.String("ORDERFLOW_NAME", "", std::nullopt), "orders");
  EXPECT_EQ(settings.Address("ORDERFLOW_PEER", "", std::nullopt), "127.0.0.1:15054");
  EXPECT_EQ(settings.Int("ORDERFLOW_COUNT", "", 1, -5, 5), -3);
  EXPECT_EQ(settings.Milliseconds("ORDERFLOW_GRACE_MS", "", milliseconds(1), milliseconds(0),
                                  milliseconds(2000)),
            milliseconds(1500));
  EXPECT_EQ(settings.OneOf("ORDERFLOW_LEVEL", "", "info", {"debug", "info"}), "debug");

  EXPECT_TRUE(settings.Check().ok()) << settings.Check();
}

TEST(Settings, ARatioIsFromZeroToOne) {
  Settings right(Environment{{"ORDERFLOW_SHARE", "0.25"}});
  EXPECT_EQ(right.Ratio("ORDERFLOW_SHARE", "", 0.01), 0.25);
  EXPECT_EQ(right.Ratio("ORDERFLOW_OTHER", "", 0.01), 0.01);
  EXPECT_TRUE(right.Check().ok()) << right.Check();
  EXPECT_THAT(right.MarkdownTable(), HasSubstr("| `ORDERFLOW_OTHER` | 0.01 | 0..1 |"));

  for (const char* wrong : {"1.5", "-0.1", "nan", "1%", "half"}) {
    Settings settings(Environment{{"ORDERFLOW_SHARE", wrong}});
    EXPECT_EQ(settings.Ratio("ORDERFLOW_SHARE", "", 0.01), 0.01);
    EXPECT_THAT(std::string(settings.Check().message()), HasSubstr("0..1")) << wrong;
  }
}

TEST(Settings, UsesDefaultsWhenNothingIsSet) {
  Settings settings({});

  EXPECT_EQ(settings.String("ORDERFLOW_NAME", "", "orders"), "orders");
  EXPECT_EQ(settings.Int("ORDERFLOW_COUNT", "", 7, 1, 9), 7);

  EXPECT_TRUE(settings.Check().ok());
}

TEST(Settings, KnowsCrashPointsOnlyInATestBuild) {
  const Settings settings(Environment{{kCrashPointSetting, "inbox.before_commit"}});

  EXPECT_EQ(settings.Check().ok(), kHasCrashPoints);
}

TEST(Settings, NamesEveryMistakeAtOnce) {
  Settings settings({{"ORDERFLOW_PEER", "inventory"},
                     {"ORDERFLOW_COUNT", "12x"},
                     {"ORDERFLOW_SIZE", "65"},
                     {"ORDERFLOW_LEVEL", "loud"},
                     {"ORDERFLOW_EMPTY", ""}});

  settings.Address("ORDERFLOW_PEER", "", std::nullopt);
  EXPECT_EQ(settings.Int("ORDERFLOW_COUNT", "", 7, 1, 9), 7);
  settings.Int("ORDERFLOW_SIZE", "", 4, 1, 64);
  settings.OneOf("ORDERFLOW_LEVEL", "", "info", {"debug", "info"});
  settings.String("ORDERFLOW_MISSING", "Where orders live.", std::nullopt);
  settings.String("ORDERFLOW_EMPTY", "", std::nullopt);
  const absl::Status status = settings.Check();

  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Message(status),
              AllOf(HasSubstr("ORDERFLOW_PEER=\"inventory\" must be host:port"),
                    HasSubstr("ORDERFLOW_COUNT=\"12x\" must be a whole number in 1..9"),
                    HasSubstr("ORDERFLOW_SIZE=\"65\" must be a whole number in 1..64"),
                    HasSubstr("ORDERFLOW_LEVEL=\"loud\" must be debug or info"),
                    HasSubstr("ORDERFLOW_MISSING is required: Where orders live."),
                    HasSubstr("ORDERFLOW_EMPTY is required")));
}

TEST(Settings, RefusesUnknownNamesOfItsOwnPrefixOnly) {
  Settings settings({{"ORDERFLOW_DATABSE_URL", "x"},
                     {"ORDERFLOW_SOMETHING_ELSE_ALTOGETHER", "x"},
                     {"PATH", "x"}});

  settings.String("ORDERFLOW_DATABASE_URL", "", "y");
  const std::string message = Message(settings.Check());

  EXPECT_THAT(
      message,
      AllOf(
          HasSubstr("ORDERFLOW_DATABSE_URL is not a setting of this program; did you mean "
                    "ORDERFLOW_DATABASE_URL?"),
          HasSubstr("ORDERFLOW_SOMETHING_ELSE_ALTOGETHER is not a setting of this program; --help"),
          Not(HasSubstr("PATH is not"))));
}

TEST(Settings, ChecksAddresses) {
  for (const char* address :
       {"127.0.0.1:0", "localhost:65535", "[::1]:15051", "kafka-0.kafka:9092"}) {
    Settings settings(Environment{{"ORDERFLOW_PEER", address}});
    settings.Address("ORDERFLOW_PEER", "", std::nullopt);
    EXPECT_TRUE(settings.Check().ok()) << address;
  }
  for (const char* address :
       {"127.0.0.1", ":1", "h:", "h:65536", "h:-1", "::1:15051", "http://h:1", "a b:1", "h:1x"}) {
    Settings settings(Environment{{"ORDERFLOW_PEER", address}});
    settings.Address("ORDERFLOW_PEER", "", std::nullopt);
    EXPECT_FALSE(settings.Check().ok()) << address;
  }
}

TEST(Settings, NamesABrokenRuleWithTheOtherMistakes) {
  Settings settings(Environment{{"ORDERFLOW_COUNT", "x"}});
  settings.Int("ORDERFLOW_COUNT", "", 7, 1, 9);
  settings.Require(true, "a rule that holds");
  settings.Require(false, "ORDERFLOW_LEASE must be longer than ORDERFLOW_TIMEOUT");

  const std::string message(settings.Check().message());
  EXPECT_THAT(message, AllOf(HasSubstr("ORDERFLOW_COUNT"), HasSubstr("ORDERFLOW_LEASE must be"),
                             Not(HasSubstr("a rule that holds"))));
}

TEST(Settings, DocumentsWhatWasDeclared) {
  Settings settings(Environment{{"ORDERFLOW_TOKEN", "hunter2"}});

  settings.Int("ORDERFLOW_COUNT", "How many.", 7, 1, 9);
  settings.Secret("ORDERFLOW_TOKEN", "Shared token.", "changeme");
  settings.Secret("ORDERFLOW_PASSWORD", "Password.", std::nullopt);

  EXPECT_THAT(settings.HelpText(), HasSubstr("ORDERFLOW_COUNT     7           How many. [1..9]"));
  EXPECT_THAT(settings.MarkdownTable(),
              AllOf(HasSubstr("| `ORDERFLOW_COUNT` | 7 | 1..9 | How many. |"),
                    HasSubstr("| `ORDERFLOW_TOKEN` | (secret) |  | Shared token. |"),
                    HasSubstr("| `ORDERFLOW_PASSWORD` | (required) |")));
  EXPECT_THAT(settings.HelpText() + settings.MarkdownTable(),
              AllOf(Not(HasSubstr("hunter2")), Not(HasSubstr("changeme"))));
}

}  // namespace
}  // namespace orderflow::config
