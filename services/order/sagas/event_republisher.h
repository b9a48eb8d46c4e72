#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/strong_id.h"

namespace orderflow::order {

// One part of an interval whose events are to be published again.
struct RepublicationRequest {
  RequestId request_id;  // the same for all parts
  Timestamp from;        // state changes from here on,
  Timestamp to;          // and before this
  OrderId after;         // only orders after this one; empty: from the first
  std::string actor;     // who does it
  std::string reason;    // why
  bool validate_only = false;
};

// The record of a part.
struct EventRepublication {
  std::string republication_id;  // ascending; empty with validate_only
  RepublicationRequest request;
  int orders = 0;  // that had state changes in the interval
  int events = 0;  // that were sent
  OrderId last;    // the last order that was looked at; empty: there are no more
  Timestamp time;  // with validate_only: none
};

// Publishes events again from what the orders know, and remembers who did it (port). Threadsafe.
// Errors: kUnavailable (nothing stored), kUnknown (in doubt: the same request learns what was
// stored).
class EventRepublisher {
 public:
  virtual ~EventRepublisher() = default;

  // The same request id at the same place again returns the first record. kAlreadyExists: it was
  // used for something else there.
  virtual absl::StatusOr<EventRepublication> Republish(const RepublicationRequest& request) = 0;

  // Newest first, only those older than `before` (empty: from the newest).
  virtual absl::StatusOr<std::vector<EventRepublication>> List(const std::string& before,
                                                               int limit) = 0;
};

// What the request id of `stored` was used for is what `request` asks for, or kAlreadyExists.
absl::Status CheckSameRepublication(const EventRepublication& stored,
                                    const RepublicationRequest& request);

}  // namespace orderflow::order
