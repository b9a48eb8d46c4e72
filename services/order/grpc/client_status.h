#pragma once

#include <string>

#include "absl/status/status.h"
#include "google/rpc/status.pb.h"
#include "libs/rpc/caller.h"

namespace orderflow::order {

// What this context's APIs tell their clients. What is still in conflict or in doubt after all our
// own tries is the client's to repeat, with the same request id: UNAVAILABLE says just that.
absl::Status ForClient(const absl::Status& status);

// The same for what a handler returns.
rpc::CallHandler ForClient(rpc::CallHandler handler);

// The error of one part of a batch, mapped as a call's own status is. What the client is not told
// (rpc::IsWithheld) is logged: in which `method`, and about what (`id`).
google::rpc::Status ErrorOfPart(const absl::Status& status, const std::string& method,
                                const std::string& id);

}  // namespace orderflow::order
