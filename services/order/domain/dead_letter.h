#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/strong_id.h"
#include "services/order/domain/order_state.h"

namespace orderflow::order {

// Where a dead letter stands: its name, for as long as its queue is not made anew.
struct DeadLetterId {
  std::string topic;  // of the dead letter queue
  int32_t partition = 0;
  int64_t offset = 0;

  auto operator<=>(const DeadLetterId&) const = default;
};

// "order.events.dlq/3/17"; Parse returns nothing for other text.
std::string ToString(const DeadLetterId& id);
std::optional<DeadLetterId> ParseDeadLetterId(std::string_view text);

using DeadLetterHeaders = std::vector<std::pair<std::string, std::string>>;

// A record that could not be handled.
struct DeadLetter {
  DeadLetterId id;
  // Where it came from; an empty topic: no consumer of ours has parked it.
  std::string original_topic;
  int32_t original_partition = 0;
  int64_t original_offset = 0;
  // Its offset when it first came; that of the record which it is when it was never redriven.
  int64_t first_offset = 0;
  bool is_command = false;  // somebody is told to do something
  std::string key;          // the order id
  std::string message_id;   // of its record, as its sender said
  std::string type;         // full protobuf name, as its sender said
  std::string reason;
  std::optional<Timestamp> park_time;
  DeadLetterHeaders headers;  // of the record, without those about it being a dead letter
  std::string value;
};

enum class DeadLetterState { kOpen, kRedriven, kDiscarded };

// What a person can do about a dead letter.
enum class DeadLetterActionKind { kRedrive, kDiscard };

// Which record it is, whatever else stood at its place in a queue of before. A hash, as stored.
std::string RecordHash(const DeadLetter& letter);

// "REDRIVE" and so on, as stored; Parse returns nothing for other text.
std::string ToString(DeadLetterActionKind kind);
std::optional<DeadLetterActionKind> ParseDeadLetterActionKind(std::string_view text);
// What a dead letter is after it.
DeadLetterState StateAfter(DeadLetterActionKind kind);

struct DeadLetterRequest {
  RequestId request_id;
  DeadLetterActionKind kind = DeadLetterActionKind::kRedrive;
  std::string actor;           // who does it
  std::string reason;          // why
  bool validate_only = false;  // decide, and change nothing
};

// What an action did, or with validate_only would do. Records hold neither values nor what
// `letter` says only in its value.
struct DeadLetterAction {
  std::string action_id;  // UUID version 7; empty with validate_only
  DeadLetterRequest request;
  DeadLetter letter;       // as it was, without its value
  std::string sent_topic;  // empty: nothing was sent
  DeadLetterHeaders sent_headers;
  Timestamp time;
};

// OK when a dead letter that nobody has settled may be. kFailedPrecondition: a redrive of what no
// consumer of ours has parked, or of a command to an order that is at rest or unknown (nothing in
// `order_state`): nobody waits for it, and what it would do nobody would undo.
absl::Status CheckSettlement(const DeadLetter& letter, DeadLetterActionKind kind,
                             std::optional<OrderState> order_state);

// OK when `stored` answers `request`. kAlreadyExists: its request id was used for something else;
// kFailedPrecondition: the dead letter was settled by somebody else.
absl::Status CheckSameSettlement(const DeadLetterAction& stored, const DeadLetterRequest& request);

// Which dead letters: all that every field set here holds for. Topics are not looked at.
struct DeadLetterFilter {
  std::string key;
  std::string reason_part;
  std::optional<DeadLetterState> state;
  Duration age_min{0};
};
bool Matches(const DeadLetterFilter& filter, const DeadLetter& letter, DeadLetterState state,
             Timestamp now);

}  // namespace orderflow::order
