#include "tools/verify/findings.h"

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace orderflow::verify {

OrderFindings::OrderFindings(RuleContext context) : context_(context) {
  for (const OrderRule& rule : OrderRules()) {
    findings_.push_back({.name = rule.name,
                         .promise = rule.promise,
                         .checked = 0,
                         .violations = 0,
                         .examples = {}});
  }
}

void OrderFindings::Visit(const OrderFacts& facts) {
  orders_ += facts.order ? 1 : 0;
  const std::vector<OrderRule>& rules = OrderRules();
  for (size_t i = 0; i < rules.size(); ++i) {
    const Verdict verdict = rules[i].check(facts, context_);
    Finding& finding = findings_[i];
    finding.checked += verdict.concerned() ? 1 : 0;
    if (verdict.broken()) {
      ++finding.violations;
      if (finding.examples.size() < kExamplesMax) {
        finding.examples.push_back(fmt::format("order {}: {}", facts.order_id, verdict.what()));
      }
    }
  }
}

int64_t CountViolations(const std::vector<Finding>& findings) {
  int64_t violations = 0;
  for (const Finding& finding : findings) {
    violations += finding.violations;
  }
  return violations;
}

std::string FindingsText(int64_t orders, const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<4}  {:<34} checked={} violations={}  {}\n",
                        finding.violations == 0 ? "ok" : "FAIL", finding.name, finding.checked,
                        finding.violations, finding.promise);
    for (const std::string& example : finding.examples) {
      text += fmt::format("        {}\n", example);
    }
  }
  return text + fmt::format("verify: orders={} violations={}\n", orders, CountViolations(findings));
}

std::string FindingsJson(int64_t orders, const std::vector<Finding>& findings) {
  nlohmann::json list = nlohmann::json::array();
  for (const Finding& finding : findings) {
    list.push_back({{"name", finding.name},
                    {"promise", finding.promise},
                    {"checked", finding.checked},
                    {"violations", finding.violations},
                    {"examples", finding.examples}});
  }
  return nlohmann::json{
             {"orders", orders}, {"violations", CountViolations(findings)}, {"findings", list}}
             .dump() +
         "\n";
}

}  // namespace orderflow::verify
