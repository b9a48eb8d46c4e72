#pragma once

#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "tools/verify/fact_source.h"

namespace orderflow::verify {

// Joins the sources by order id and calls `visit` once for every id that any of them knows, in
// ascending order. Each source is read in one transaction, hence from one snapshot; the snapshots
// of different databases are taken one after the other, so a changing system may look inconsistent.
absl::Status ForEachOrder(const std::vector<FactSource>& sources,
                          const std::function<void(const OrderFacts&)>& visit);

}  // namespace orderflow::verify
