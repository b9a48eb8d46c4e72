#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/verify/order_facts.h"

namespace orderflow::verify {

// What a rule says about one order.
class Verdict {
 public:
  static Verdict NotConcerned() { return Verdict(false, ""); }
  static Verdict Holds() { return Verdict(true, ""); }
  static Verdict Broken(std::string what) { return Verdict(true, std::move(what)); }

  bool concerned() const { return concerned_; }
  bool broken() const { return !what_.empty(); }
  const std::string& what() const { return what_; }

 private:
  Verdict(bool concerned, std::string what) : concerned_(concerned), what_(std::move(what)) {}
  bool concerned_;
  std::string what_;
};

struct RuleContext {
  // Nothing is under way: what follows an outcome asynchronously must have happened.
  bool quiesced = false;
  // The provider's books are at hand. Without them the ledger says what was captured and refunded,
  // and holds are not known.
  bool has_books = true;
  // How long an order's saga may take unless it is parked, and how long after an outcome its
  // notification may be missing.
  int64_t order_seconds_max = 3 * 3600;
  int64_t notification_seconds_max = 15 * 60;
};

// One promise of the system, checked order by order. Pure.
struct OrderRule {
  const char* name;  // "money.one_capture"
  const char* promise;
  Verdict (*check)(const OrderFacts& facts, const RuleContext& context);
};

const std::vector<OrderRule>& OrderRules();

// True when the order is at rest and keeps every promise, also those that are kept later: unless
// something new begins for it, it need not be looked at again.
bool IsSettled(const OrderFacts& facts, bool has_books = true);

// The one rule whose facts arrive after everything else has come to rest.
inline constexpr char kNotificationsMatchOutcome[] = "notifications.match_outcome";

}  // namespace orderflow::verify
