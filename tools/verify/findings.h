#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tools/verify/order_rules.h"

namespace orderflow::verify {

// How one promise fared.
struct Finding {
  std::string name;
  std::string promise;
  int64_t checked = 0;
  int64_t violations = 0;
  std::vector<std::string> examples;  // at most kExamplesMax
};

inline constexpr size_t kExamplesMax = 5;

// Collects what the order rules say. Not threadsafe.
class OrderFindings {
 public:
  explicit OrderFindings(RuleContext context);
  void Visit(const OrderFacts& facts);

  int64_t orders() const { return orders_; }  // rows in the table of orders
  const std::vector<Finding>& findings() const { return findings_; }

 private:
  RuleContext context_;
  int64_t orders_ = 0;
  std::vector<Finding> findings_;  // one per rule, in the rules' order
};

int64_t CountViolations(const std::vector<Finding>& findings);

// One line per promise and "verify: orders=<n> violations=<n>" at the end.
std::string FindingsText(int64_t orders, const std::vector<Finding>& findings);

// {"orders":..,"violations":..,"findings":[{"name":..,"promise":..,"checked":..,"violations":..,
// "examples":[..]}]}
std::string FindingsJson(int64_t orders, const std::vector<Finding>& findings);

}  // namespace orderflow::verify
