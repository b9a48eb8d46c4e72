#pragma once

#include <functional>

#include "absl/status/status.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging {

// Sends records to the broker. Threadsafe.
class Producer {
 public:
  virtual ~Producer() = default;

  // Queues a record; `done` is called exactly once, from another thread, with OK after the broker
  // has acknowledged it (all in-sync replicas), or with the reason why it will never know: the
  // record may then be in the log or not, and the caller sends it again.
  // kResourceExhausted: the local queue is full, `done` will not be called; wait and try again.
  virtual absl::Status Send(const Record& record, std::function<void(absl::Status)> done) = 0;
};

}  // namespace orderflow::messaging
