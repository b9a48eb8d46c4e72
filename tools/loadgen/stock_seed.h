#pragma once

#include <cstdint>
#include <memory>

#include "absl/status/status.h"

namespace grpc {
class Channel;
}

namespace orderflow::loadgen {

// Creates the items that the load asks for and raises each one's available stock to `pieces`.
// Safe to run again.
absl::Status SeedStock(const std::shared_ptr<grpc::Channel>& inventory, int skus, int64_t pieces);

}  // namespace orderflow::loadgen
