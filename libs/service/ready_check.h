#pragma once

#include <string>

#include "absl/status/status.h"

namespace orderflow::service {

// What --check-ready does: asks the instance whose admin port is at `admin_listen` whether it is
// ready, as a probe for engines that can only run a program inside the container. kUnavailable
// with the instance's own reasons when it is not ready, or when nothing answers.
absl::Status CheckReady(const std::string& admin_listen);

}  // namespace orderflow::service
