#include "tools/verify/findings.h"

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace orderflow::verify {

std::vector<Breach> BreachesOf(const OrderFacts& facts, const RuleContext& context) {
  return OrderFindings(context).Check(facts);
}

OrderFindings::OrderFindings(RuleContext context) : context_(context) {
  for (const OrderRule& rule : OrderRules()) {
    findings_.push_back({.name = rule.name,
                         .promise = rule.promise,
                         .checked = 0,
                         .violations = 0,
                         .examples = {},
                         .advisory = false});
  }
}

std::vector<Breach> OrderFindings::Check(const OrderFacts& facts) {
  orders_ += facts.order ? 1 : 0;
  std::vector<Breach> breaches;
  const std::vector<OrderRule>& rules = OrderRules();
  for (size_t i = 0; i < rules.size(); ++i) {
    const Verdict verdict = rules[i].check(facts, context_);
    findings_[i].checked += verdict.concerned() ? 1 : 0;
    if (verdict.broken()) {
      breaches.push_back({i, verdict.what()});
    }
  }
  return breaches;
}

void OrderFindings::Report(const std::string& order_id, const Breach& breach) {
  Finding& finding = findings_[breach.rule];
  ++finding.violations;
  if (finding.examples.size() < kExamplesMax) {
    finding.examples.push_back(fmt::format("order {}: {}", order_id, breach.what));
  }
}

void OrderFindings::Visit(const OrderFacts& facts) {
  for (const Breach& breach : Check(facts)) {
    Report(facts.order_id, breach);
  }
}

int64_t CountViolations(const std::vector<Finding>& findings) {
  int64_t violations = 0;
  for (const Finding& finding : findings) {
    violations += finding.advisory ? 0 : finding.violations;
  }
  return violations;
}

namespace {

const char* Mark(const Finding& finding) {
  if (finding.violations == 0) {
    return "ok";
  }
  return finding.advisory ? "note" : "FAIL";
}

}  // namespace

std::string FindingsText(int64_t orders, const std::vector<Finding>& findings) {
  std::string text;
  for (const Finding& finding : findings) {
    text += fmt::format("{:<4}  {:<34} checked={} violations={}  {}\n", Mark(finding), finding.name,
                        finding.checked, finding.violations, finding.promise);
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
                    {"advisory", finding.advisory},
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
