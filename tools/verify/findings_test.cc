// Proves that violations are counted and shown with bounded examples, in both forms.
#include "tools/verify/findings.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace orderflow::verify {
namespace {

OrderFacts WithoutAnOrder(const std::string& order_id) {
  OrderFacts facts;
  facts.order_id = order_id;
  facts.reservation = ReservationRow{.state = "RELEASED", .lines = ""};
  return facts;
}

TEST(Findings, CountEveryViolationAndShowSome) {
  OrderFindings findings({.quiesced = false});
  for (int i = 0; i < 9; ++i) {
    findings.Visit(WithoutAnOrder("o" + std::to_string(i)));
  }

  EXPECT_EQ(findings.orders(), 0);
  EXPECT_EQ(CountViolations(findings.findings()), 9);
  const nlohmann::json json =
      nlohmann::json::parse(FindingsJson(findings.orders(), findings.findings()));
  EXPECT_EQ(json.at("violations"), 9);
  for (const nlohmann::json& finding : json.at("findings")) {
    if (finding.at("name") == "orders.nothing_without_an_order") {
      EXPECT_EQ(finding.at("examples").size(), kExamplesMax);
    }
  }
}

TEST(Findings, ShowWhatWaitsForAPersonWithoutCountingIt) {
  const std::vector<Finding> findings = {{.name = "sagas.parked",
                                          .promise = "parked",
                                          .checked = 4,
                                          .violations = 3,
                                          .examples = {"order o"},
                                          .advisory = true}};

  EXPECT_EQ(CountViolations(findings), 0);
  EXPECT_THAT(FindingsText(4, findings), ::testing::StartsWith("note  sagas.parked"));
  EXPECT_THAT(FindingsText(4, findings), ::testing::EndsWith("verify: orders=4 violations=0\n"));
}

TEST(Findings, EndWithOneLineForScripts) {
  const OrderFindings findings({.quiesced = false});

  EXPECT_THAT(FindingsText(7, findings.findings()),
              ::testing::EndsWith("verify: orders=7 violations=0\n"));
}

}  // namespace
}  // namespace orderflow::verify
