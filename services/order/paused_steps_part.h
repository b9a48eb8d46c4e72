#pragma once

#include <stop_token>

#include "libs/base/status_macros.h"
#include "libs/service/process.h"
#include "libs/service/worker_threads.h"
#include "services/order/messaging/paused_steps_poller.h"

namespace orderflow::order {

// Knows which steps are paused before anything after it in the order of parts decides about sagas:
// what is paused must not be sent once more. Then keeps up.
inline service::Part PausedStepsPart(PausedStepsPoller& poller, service::WorkerThreads& workers) {
  return {"paused steps",
          [&poller, &workers] {
            RETURN_IF_ERROR(poller.Poll());
            workers.Start(1, [&poller](std::stop_token stop) { poller.Run(stop); });
            return absl::OkStatus();
          },
          [&workers] { workers.StopAndJoin(); }};
}

}  // namespace orderflow::order
