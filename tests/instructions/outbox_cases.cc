#include "libs/outbox/outbox_record.h"
#include "tests/instructions/cases.h"

namespace orderflow::instructions {
namespace {

constexpr size_t kPayloadBytes = 220;  // a typical command or reply

std::function<void()> Encode() {
  const outbox::OutboxMessage message{.message_id = kMessage,
                                      .topic = "order.events",
                                      .key = kOrder,
                                      .type = "orderflow.order.v1.OrderEvent",
                                      .sequence = 2,
                                      .traceparent = kTraceparent,
                                      .payload = std::string(kPayloadBytes, 'p'),
                                      .headers_json = ""};
  return [message] { Use(outbox::ToRecord(message, "/orderflow/order-service")); };
}

}  // namespace

std::vector<Case> OutboxCases() { return {{"outbox_record", Encode}}; }

}  // namespace orderflow::instructions
