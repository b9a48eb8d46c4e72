#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/base/strong_id.h"

namespace orderflow::notification {

using NotificationId = StrongId<struct NotificationTag>;  // UUIDv7 text: ascending ids are time

// What a customer is told of.
enum class Event { kOrderConfirmed, kOrderRejected, kOrderCancelled };

enum class Channel { kEmail };

// PENDING -> SENDING -> SENT | PARKED | PENDING (again). SENT and PARKED are final.
enum class State {
  kPending,  // due, or waiting for its next try
  kSending,  // claimed by a sender
  kSent,     // the mail server accepted it
  kParked,   // given up; never sent by itself again
};

// "order_confirmed", "email", "PENDING": as stored and shown. Parse returns nothing for other text.
std::string_view ToString(Event event);
std::string_view ToString(Channel channel);
std::string_view ToString(State state);
std::optional<Event> ParseEvent(std::string_view text);
std::optional<Channel> ParseChannel(std::string_view text);
std::optional<State> ParseState(std::string_view text);

// One notification. At most one is delivered per (order_id, event, channel).
struct Notification {
  NotificationId notification_id;
  OrderId order_id;
  Event event = Event::kOrderConfirmed;
  Channel channel = Channel::kEmail;
  CustomerId customer_id;
  std::string recipient;
  std::string subject;
  std::string body;
  State state = State::kPending;
  int attempts = 0;      // tries so far, the one under way included
  std::string claim_id;  // of a claimed one: fences the outcome of this very try
  std::string last_error;
  std::string traceparent{};  // of the event's handling, when that is recorded
  Timestamp create_time;
  Timestamp update_time;
};

}  // namespace orderflow::notification
