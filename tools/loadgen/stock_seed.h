#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace orderflow::loadgen {

// Creates the items that the load asks for and raises each one's available stock to `pieces`.
// Safe to run again.
absl::Status SeedStock(const std::string& inventory_address, int skus, int64_t pieces);

}  // namespace orderflow::loadgen
