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
  std::vector<std::string> examples = {};  // at most kExamplesMax
  // What waits for a person and breaks no promise: shown, but not counted as a violation.
  bool advisory = false;
};

inline constexpr size_t kExamplesMax = 5;

// A rule that an order breaks.
struct Breach {
  size_t rule = 0;  // index into OrderRules()
  std::string what;

  bool operator==(const Breach&) const = default;
};

// Pure.
std::vector<Breach> BreachesOf(const OrderFacts& facts, const RuleContext& context);

// Collects what the order rules say. Not threadsafe.
class OrderFindings {
 public:
  explicit OrderFindings(RuleContext context);

  // Counts the order as checked; what it breaks is for the caller to report or to look at again.
  std::vector<Breach> Check(const OrderFacts& facts);
  void Report(const std::string& order_id, const Breach& breach);
  // Both.
  void Visit(const OrderFacts& facts);

  const RuleContext& context() const { return context_; }
  int64_t orders() const { return orders_; }  // rows in the table of orders
  const std::vector<Finding>& findings() const { return findings_; }

 private:
  const RuleContext context_;
  int64_t orders_ = 0;
  std::vector<Finding> findings_;  // one per rule, in the rules' order
};

// Without advisory ones.
int64_t CountViolations(const std::vector<Finding>& findings);

// One line per promise and "verify: orders=<n> violations=<n>" at the end.
std::string FindingsText(int64_t orders, const std::vector<Finding>& findings);

// {"orders":..,"violations":..,"findings":[{"name":..,"promise":..,"advisory":..,"checked":..,
// "violations":..,"examples":[..]}]}
std::string FindingsJson(int64_t orders, const std::vector<Finding>& findings);

}  // namespace orderflow::verify
