// Proves which faults a text of --only means.
#include "tests/fault/selection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::fault {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kUsual = {"kill-kafka", "pause-kafka", "kill-postgres",
                                         "kill-postgres-backend"};
const std::vector<std::string> kByNameOnly = {"broker-cluster-kill-kafka",
                                              "broker-cluster-kill-kafka-2"};

std::set<std::string> Selected(const std::string& only) {
  return SelectNames(kUsual, kByNameOnly, only).value();
}

TEST(SelectNames, TakesAllTheUsualOnesWithoutAText) {
  EXPECT_EQ(Selected(""), std::set<std::string>(kUsual.begin(), kUsual.end()));
}

TEST(SelectNames, TakesAWholeNameAlone) {
  EXPECT_THAT(Selected("kill-postgres"), ElementsAre("kill-postgres"));
  EXPECT_THAT(Selected("kill-kafka"), ElementsAre("kill-kafka"));
  EXPECT_THAT(Selected("broker-cluster-kill-kafka"), ElementsAre("broker-cluster-kill-kafka"));
}

TEST(SelectNames, TakesAllThatHaveAPart) {
  EXPECT_THAT(Selected("kafka"), ElementsAre("kill-kafka", "pause-kafka"));
  EXPECT_THAT(Selected("broker-cluster"),
              ElementsAre("broker-cluster-kill-kafka", "broker-cluster-kill-kafka-2"));
}

TEST(SelectNames, TakesAList) {
  EXPECT_THAT(Selected("kill-postgres,pause"), ElementsAre("kill-postgres", "pause-kafka"));
}

TEST(SelectNames, NamesAPartThatIsNowhere) {
  const auto selected = SelectNames(kUsual, kByNameOnly, "kill-postgres,kill-mysql");

  EXPECT_EQ(selected.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(selected.status().ToString(), HasSubstr("'kill-mysql'"));
}

}  // namespace
}  // namespace orderflow::fault
