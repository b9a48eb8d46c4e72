#include "tools/verify/second_look.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "tools/verify/fact_stream.h"

namespace orderflow::verify {

SecondLook::SecondLook(OrderFindings& findings, SecondLookOptions options)
    : findings_(findings), options_(std::move(options)) {}

void SecondLook::Suspect(const std::string& order_id, std::vector<Breach> breaches) {
  if (breaches.empty()) {
    return;
  }
  ++suspected_;
  if (suspects_.size() < options_.suspects_max) {
    suspects_[order_id] = std::move(breaches);
    return;
  }
  for (const Breach& breach : breaches) {
    findings_.Report(order_id, breach);
  }
}

absl::Status SecondLook::Decide(const std::vector<FactSource>& sources, const FactScope& like) {
  for (int look = 1; look < options_.looks_max && !suspects_.empty(); ++look) {
    options_.wait(options_.grace);
    FactScope scope{.whole = false, .order_ids = {}, .requests_since = like.requests_since};
    for (const auto& [order_id, breaches] : suspects_) {
      scope.order_ids.push_back(order_id);
    }
    std::map<std::string, std::vector<Breach>> moved;
    RETURN_IF_ERROR(ForEachOrder(sources, scope, [&](const OrderFacts& facts) {
      const std::vector<Breach>& before = suspects_[facts.order_id];
      for (Breach& breach : BreachesOf(facts, findings_.context())) {
        if (std::find(before.begin(), before.end(), breach) != before.end()) {
          findings_.Report(facts.order_id, breach);
        } else {
          moved[facts.order_id].push_back(std::move(breach));
        }
      }
    }));
    suspects_ = std::move(moved);
  }
  return absl::OkStatus();
}

Finding SecondLook::Undecided() const {
  Finding finding{.name = "orders.undecided",
                  .promise = "orders that looked inconsistent and moved at every look",
                  .checked = suspected_,
                  .violations = static_cast<int64_t>(suspects_.size()),
                  .examples = {},
                  .advisory = true};
  for (const auto& [order_id, breaches] : suspects_) {
    if (finding.examples.size() < kExamplesMax) {
      finding.examples.push_back(fmt::format("order {}: {}", order_id, breaches.front().what));
    }
  }
  return finding;
}

}  // namespace orderflow::verify
