#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "tools/verify/fact_source.h"

namespace orderflow::verify {

// Joins the sources by order id and calls `visit` once for every id in the scope that any of them
// knows, in ascending order. Each source is read from one snapshot; the snapshots of different
// databases are taken right after each other, in the order of the sources, so a changing system may
// look inconsistent.
absl::Status ForEachOrder(const std::vector<FactSource>& sources, const FactScope& scope,
                          const std::function<void(const OrderFacts&)>& visit);

}  // namespace orderflow::verify
