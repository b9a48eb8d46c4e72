#pragma once

#include "absl/status/status.h"

namespace orderflow::orderctl {

// What scripts can tell from the exit code. Part of the interface: never renumbered.
enum ExitCode {
  kExitOk = 0,           // done
  kExitRefused = 1,      // the server refused or failed the request, or the demo did not reconcile
  kExitUsage = 2,        // wrong flags or arguments; nothing was sent
  kExitUnavailable = 3,  // no answer, or one in doubt: unreachable, overloaded, out of time, or it
                         // is not known what came of it; the same call may succeed
};

ExitCode ExitCodeFor(const absl::Status& status);

}  // namespace orderflow::orderctl
