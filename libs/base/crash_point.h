#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace orderflow {

// The edges of what is durable, each by one name that stands once in the code. A test build whose
// environment says ORDERFLOW_CRASH_POINT=<name>, or <name>:<n>, ends at the first, or n-th, time
// that it comes there, as a crash would: without stopping anything. A release build has none of it.
// tests/fault crashes each process at each of its points.
inline constexpr std::string_view kCrashPoints[] = {
    "inbox.before_commit",                // effects, replies and progress of a batch are written
    "inbox.after_commit",                 // committed, the position in memory has not moved
    "outbox.before_hand_off",             // committed, the relay has not heard of the messages
    "outbox.before_send",                 // a message is about to be given to the producer
    "outbox.after_send",                  // given to it, not acknowledged
    "outbox.after_acknowledgement",       // the broker has it, the relay has not noted that
    "outbox.before_delete",               // all messages of a row are acknowledged
    "outbox.after_delete",                // the row is gone from the table, not from memory
    "outbox.before_swept_hand_off",       // the sweep has found rows that somebody left behind
    "order.before_commit_of_accept",      // an order, its saga and its commands are written
    "order.before_answer_to_accept",      // committed, the client does not know
    "order.before_commit_of_cancel",      // a cancellation is written
    "order.before_answer_to_cancel",      // committed, the client does not know
    "saga.before_commit_of_step",         // a step's outcome and what follows are written
    "saga.after_commit_of_step",          // and committed
    "saga.before_timers",                 // sagas past due were found, none has been acted on
    "payment.after_answers",              // the provider has answered, nothing of it is written
    "payment.before_commit_of_commands",  // operations are written, with the answers that came
    "payment.after_intent",               // committed, nobody has been asked to call for the rest
    "payment.before_call",                // questions are about to go to the provider
    "payment.after_call",                 // the provider has answered, or has not in time
    "payment.before_commit_of_outcome",   // outcomes, transfers and replies are written
    "payment.after_outcome",              // and committed
    "payment.after_claim",                // operations of unknown outcome are claimed, nobody asks
    "notification.after_claim",           // mails are claimed, none is sent
    "notification.after_mail",            // one is sent, nobody knows
    "notification.after_record",          // outcomes of mails are stored
    "provider.before_booking",            // the simulator has decided, nothing is stored
    "provider.before_answer",             // it is booked, the caller does not know
};

inline constexpr char kCrashPointSetting[] = "ORDERFLOW_CRASH_POINT";
inline constexpr int kCrashPointExitCode = 86;

constexpr bool IsCrashPoint(std::string_view name) {
  return std::find(std::begin(kCrashPoints), std::end(kCrashPoints), name) !=
         std::end(kCrashPoints);
}

#ifdef ORDERFLOW_RELEASE

inline constexpr bool kHasCrashPoints = false;
#define CRASH_POINT(name) static_assert(::orderflow::IsCrashPoint(name), "see kCrashPoints")

#else

inline constexpr bool kHasCrashPoints = true;

// Whether the environment names a point; read once.
bool IsCrashPointArmed();
// Ends the process when it is this one's turn. Threadsafe.
void ReachCrashPoint(std::string_view name);

// A statement.
#define CRASH_POINT(name)                                               \
  do {                                                                  \
    static_assert(::orderflow::IsCrashPoint(name), "see kCrashPoints"); \
    if (::orderflow::IsCrashPointArmed()) {                             \
      ::orderflow::ReachCrashPoint(name);                               \
    }                                                                   \
  } while (false)

#endif

}  // namespace orderflow
