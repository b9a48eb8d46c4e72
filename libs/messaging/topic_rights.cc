#include "libs/messaging/topic_rights.h"

#include "fmt/format.h"
#include "libs/messaging/kafka_groups.h"
#include "libs/messaging/topics.h"

namespace orderflow::messaging {
namespace {

std::string Cell(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", name);
  }
  return text;
}

}  // namespace

std::vector<TopicRights> AllTopicRights() {
  const std::string replies = kOrderReplies;
  const std::string events = kOrderEvents;
  const std::string payment = kPaymentCommands;
  const std::string inventory = kInventoryCommands;
  // Two processes share an outbox, and each publishes what the other has left there.
  const std::vector<std::string> outbox_of_orders = {inventory, payment, events, replies,
                                                     DeadLetterTopic(replies)};
  return {
      {"order-service", {kBroadcastGroup}, {events}, outbox_of_orders},
      // Dead letters of all are shown by it, and sent to their topics again.
      {"saga-orchestrator",
       {"saga-orchestrator", kLogReaderGroup},
       {replies, DeadLetterTopic(inventory), DeadLetterTopic(payment), DeadLetterTopic(replies),
        DeadLetterTopic(events)},
       outbox_of_orders},
      {"payment-service", {"payment-service"}, {payment}, {replies, DeadLetterTopic(payment)}},
      {"inventory-service",
       {"inventory-service"},
       {inventory},
       {replies, DeadLetterTopic(inventory)}},
      {"notification-service", {"notification-service"}, {events}, {DeadLetterTopic(events)}},
  };
}

std::string DescribeTopicRights() {
  std::string table = "| principal | groups | reads | writes |\n| --- | --- | --- | --- |\n";
  for (const TopicRights& rights : AllTopicRights()) {
    table += fmt::format("| `{}` | {} | {} | {} |\n", rights.principal, Cell(rights.groups),
                         Cell(rights.reads), Cell(rights.writes));
  }
  return table;
}

}  // namespace orderflow::messaging
