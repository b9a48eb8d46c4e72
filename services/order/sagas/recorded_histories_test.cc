// Plays recorded histories of sagas (testdata/) through the engine and today's definitions: a saga
// that is under way while a new binary is rolled out must go on as it would have. When this fails,
// a published definition or the engine has changed what running sagas do: give the new definition a
// new version and keep the old one, and record histories of the new one beside the old ones, from
// the simulation, which reaches every transition, and from a running stack (*_e2e_*):
//   build/release/bin/simulation --record services/order/sagas/testdata
//   ctest --test-dir build/dev -R saga_history  (see tests/e2e/saga_history_test.cc)
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>

#include "libs/testing/saga_history.h"
#include "libs/testing/status_matchers.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::ReadHistory;
using orderflow::testing::WriteHistory;

constexpr char kFolder[] = "services/order/sagas/testdata";

std::vector<std::filesystem::path> Files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".jsonl") {
      files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

// The first line in which the two differ, of each.
std::string FirstDifference(const std::string& recorded, const std::string& played) {
  std::istringstream a(recorded);
  std::istringstream b(played);
  std::string was;
  std::string is;
  while (std::getline(a, was) && std::getline(b, is) && was == is) {
  }
  return "was " + was + "\nis  " + is;
}

TEST(RecordedHistories, ArePlayedAsTheyWereRecorded) {
  for (const auto& path : Files()) {
    const std::string recorded = ReadFile(path);
    const auto history = ReadHistory(recorded);
    ASSERT_THAT(history, IsOk()) << path;
    const auto definition = FindSagaDefinition(history->definition, history->version);
    ASSERT_THAT(definition, IsOk()) << path << ": keep every published version";

    const auto played = WriteHistory(**definition, *history);

    ASSERT_THAT(played, IsOk()) << path;
    EXPECT_EQ(*played == recorded, true) << path << "\n" << FirstDifference(recorded, *played);
  }
}

TEST(RecordedHistories, ThereAreSomeOfEveryDefinition) {
  std::set<std::pair<std::string, int>> recorded;
  for (const auto& path : Files()) {
    const auto history = ReadHistory(ReadFile(path));
    ASSERT_THAT(history, IsOk()) << path;
    recorded.emplace(history->definition, history->version);
  }

  for (const saga::SagaDefinition* definition : SagaDefinitions()) {
    EXPECT_TRUE(recorded.contains({definition->name, definition->version}))
        << definition->name << " version " << definition->version;
  }
}

}  // namespace
}  // namespace orderflow::order
