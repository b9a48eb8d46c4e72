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

// Every topic of the system, dead letter queues included.
std::vector<std::string> AllTopics();

}  // namespace orderflow::messaging
