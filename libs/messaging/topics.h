#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace orderflow::messaging {

inline constexpr char kInventoryCommands[] = "inventory.commands";
inline constexpr char kPaymentCommands[] = "payment.commands";
inline constexpr char kOrderReplies[] = "order.replies";
inline constexpr char kOrderEvents[] = "order.events";

// The dead letter queue of a topic: "<topic>.dlq".
std::string DeadLetterTopic(std::string_view topic);
bool IsDeadLetterTopic(std::string_view topic);

// Whether order within a key means something to readers of the topic, so that its consumers put
// what follows a dead letter of the same key behind it (ConsumerOptions::later_records_wait).
// Commands and replies do not need it: a repeated command is a question, and a late reply is
// ignored.
bool LaterRecordsWait(std::string_view topic);

// The topics of which a record may hold several messages (packed_messages.h): commands and replies,
// which nobody reads but the one consumer group of ours that they are for. None of them
// LaterRecordsWait, since messages of one key can stand at one offset there.
std::vector<std::string> PackedTopics();

// Every topic of the system, dead letter queues included.
std::vector<std::string> AllTopics();

}  // namespace orderflow::messaging
