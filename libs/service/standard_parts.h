#pragma once

#include <chrono>

#include "libs/outbox/outbox_relay.h"
#include "libs/rpc/call_executor.h"
#include "libs/service/process.h"

namespace orderflow::service {

// The parts that services have in common. What they are made of must outlive them. Header only: a
// process that has no outbox does not link it.

inline constexpr std::chrono::seconds kRelayStopTimeMax{5};

// Publishes while it runs; what it cannot publish within the bound stays in the table for a sweep.
inline Part RelayPart(outbox::OutboxRelay& relay) {
  return {"outbox relay",
          [&relay] {
            relay.Start();
            return absl::OkStatus();
          },
          [&relay] { relay.Stop(kRelayStopTimeMax); }};
}

// Runs calls from its construction on; the last part, so that it is the first to stop.
inline Part CallsPart(rpc::CallExecutor& executor) {
  return {"calls", [] { return absl::OkStatus(); }, [&executor] { executor.Stop(); }};
}

}  // namespace orderflow::service
