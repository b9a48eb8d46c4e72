// Proves that every log line is one line of valid JSON whatever it is given, and that levels
// filter. Logs into a file of the test's own and parses it back.
#include "libs/telemetry/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "nlohmann/json.hpp"

namespace orderflow::telemetry {
namespace {

class LogTest : public ::testing::Test {
 protected:
  void SetUp() override {
    file_ = ::testing::TempDir() + "/orderflow_log_test.json";
    std::filesystem::remove(file_);
    InitLog({.level = LogLevel::kInfo,
             .service = "order 100%d \"x\"",
             .instance_id = "host:1",
             .file = file_});
  }
  void TearDown() override { std::filesystem::remove(file_); }

  std::vector<nlohmann::json> Lines() const {
    FlushLog();
    std::ifstream in(file_);
    std::vector<nlohmann::json> lines;
    for (std::string line; std::getline(in, line);) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }

  std::string file_;
};

TEST_F(LogTest, WritesOneJsonObjectPerLine) {
  LogInfo("order accepted", {{"order_id", "42"}, {"trace_id", "abc"}});

  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["message"], "order accepted");
  EXPECT_EQ(lines[0]["order_id"], "42");
  EXPECT_EQ(lines[0]["trace_id"], "abc");
  EXPECT_EQ(lines[0]["level"], "info");
  EXPECT_EQ(lines[0]["service"], "order 100%d \"x\"");
  EXPECT_EQ(lines[0]["instance"], "host:1");
  EXPECT_THAT(lines[0]["time"].get<std::string>(),
              ::testing::MatchesRegex("....-..-..T..:..:..[.]......Z"));
}

TEST_F(LogTest, EscapesWhateverAValueHolds) {
  const std::string hostile = "\"},\n{\"level\":\"error\" \x01 \xff\xfe %v {}";

  LogError("peer sent nonsense", {{"value", hostile}});

  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["level"], "error");
  EXPECT_EQ(lines[0]["value"], "\"},\n{\"level\":\"error\" \x01 \xEF\xBF\xBD\xEF\xBF\xBD %v {}");
}

TEST_F(LogTest, LeavesOutLinesBelowItsLevel) {
  LogDebug("not written");
  LogWarning("written");

  const auto lines = Lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["message"], "written");
  EXPECT_EQ(lines[0]["level"], "warning");
}

TEST_F(LogTest, FallsBackToStandardErrorWhenTheFileCannotBeOpened) {
  ::testing::internal::CaptureStderr();

  InitLog(
      {.level = LogLevel::kInfo, .service = "s", .instance_id = "i", .file = "/proc/nowhere/log"});
  FlushLog();

  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("log file cannot be opened"));
}

}  // namespace
}  // namespace orderflow::telemetry
