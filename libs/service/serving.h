#pragma once

#include <functional>
#include <stop_token>
#include <string>

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

// The metrics that Serve would expose, as a Markdown table. Wires the service and starts nothing of
// it: the settings must be right, but nothing behind them needs to be there.
absl::StatusOr<std::string> DescribeMetrics(
    const CommonConfig& config, const ProcessDescription& description,
    const std::function<absl::StatusOr<Wiring>(const ProcessContext&)>& wire);

}  // namespace orderflow::service
