#pragma once

#include <functional>
#include <stop_token>

#include "absl/status/statusor.h"
#include "libs/service/process.h"

namespace orderflow::service {

// Serves until `stop` is requested, then stops in order (see RunProcess). Returns an error when the
// process could not start: an address in use, a failed wiring or part. A database that cannot be
// reached, or whose schema is older than this binary, is waited for: meanwhile the gRPC port
// answers health (NOT_SERVING) only, and /readyz gives the reason.
absl::Status Serve(const CommonConfig& config, const ProcessDescription& description,
                   const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire,
                   std::stop_token stop);

}  // namespace orderflow::service
