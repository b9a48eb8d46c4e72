#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/strong_id.h"
#include "libs/saga/engine.h"

namespace orderflow::order {

// What a person can do to a step in all sagas at once.
enum class StepActionKind { kPause, kResume };

struct StepActionRequest {
  RequestId request_id;
  StepActionKind kind = StepActionKind::kPause;
  std::string definition;      // "place_order"
  std::string step;            // "authorize_payment"
  std::string actor;           // who does it
  std::string reason;          // why
  bool validate_only = false;  // decide, and change nothing
};

// How many open sagas have a step, or its compensation, ahead or under way.
struct StepBacklog {
  int sagas = 0;
  bool at_least = false;  // not all open sagas were looked at

  bool operator==(const StepBacklog&) const = default;
};

// The record of an action.
struct StepAction {
  int64_t action_id = 0;  // ascending; 0 with validate_only
  StepActionRequest request;
  bool was_paused = false;               // before it; after it tells request.kind
  std::optional<StepBacklog> backlog{};  // at that moment; older records have none
  Timestamp time;                        // with validate_only: none
};

// Pauses steps in all sagas, and remembers who did it (port). Threadsafe. Errors: kUnavailable
// (nothing stored), kUnknown (in doubt: the same request id learns what was stored).
class StepPauser {
 public:
  virtual ~StepPauser() = default;

  // The same request id again returns the first record. kFailedPrecondition: the step is paused
  // already, or is not. kAlreadyExists: the request id was used for another action.
  virtual absl::StatusOr<StepAction> Act(const StepActionRequest& request) = 0;

  // Newest first, only those older than `before` (0: from the newest).
  virtual absl::StatusOr<std::vector<StepAction>> List(int64_t before, int limit) = 0;

  // What is paused now.
  virtual absl::StatusOr<saga::PausedSteps> Paused() = 0;
};

// What the request id of `stored` was used for is what `request` asks for, or kAlreadyExists.
absl::Status CheckSameAction(const StepAction& stored, const StepActionRequest& request);

// Whether `request` changes anything, given what is paused; else kFailedPrecondition.
absl::Status CheckPossible(const StepActionRequest& request, const saga::PausedSteps& paused);

}  // namespace orderflow::order
