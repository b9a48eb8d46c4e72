#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
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

  // Lets go of what Send has queued, and returns when all of it has been reported or `timeout` has
  // passed. Without it records leave some milliseconds later. One caller at a time, others wait.
  virtual void Flush(Duration /*timeout*/) {}

  // How many partitions Send chooses from for records of `topic` (PartitionOf says which), as of
  // the last record of it that was sent; 0: not known. Does not wait for the network.
  virtual int PartitionCount(const std::string& /*topic*/) { return 0; }
};

}  // namespace orderflow::messaging
