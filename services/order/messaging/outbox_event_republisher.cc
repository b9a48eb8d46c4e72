#include "services/order/messaging/outbox_event_republisher.h"

#include <optional>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/messaging/headers.h"
#include "libs/outbox/outbox_record.h"
#include "services/order/persistence/event_republication_rows.h"
#include "services/order/sagas/order_event_message.h"

namespace orderflow::order {

absl::StatusOr<EventRepublication> OutboxEventRepublisher::RepublishIn(
    postgres::Transaction& transaction, const RepublicationRequest& request) {
  ASSIGN_OR_RETURN(std::optional<EventRepublication> stored,
                   FindRepublication(transaction, request));
  if (stored.has_value()) {
    RETURN_IF_ERROR(CheckSameRepublication(*stored, request));
    return *std::move(stored);
  }
  ASSIGN_OR_RETURN(const ChangedOrders changed, ReadChangedOrders(transaction, request, limits_));
  const std::string headers =
      outbox::HeadersToJson({{messaging::kHeaderRepublished, request.request_id.value()}});
  std::vector<outbox::OutboxMessage> messages;
  EventRepublication republication{
      .republication_id = "", .request = request, .last = changed.last, .time = {}};
  for (const auto& [order, refunded, traceparent] : changed.orders) {
    const size_t before = messages.size();
    for (auto& message : EventMessagesBetween(order, refunded, request.from, request.to)) {
      message.message_id = ids_.NewId();
      message.traceparent = traceparent;
      message.headers_json = headers;
      messages.push_back(std::move(message));
    }
    republication.orders += messages.size() > before ? 1 : 0;
  }
  republication.events = static_cast<int>(messages.size());
  if (request.validate_only) {
    return republication;
  }
  republication.republication_id = ids_.NewId();
  RETURN_IF_ERROR(outbox_.Insert(transaction, std::move(messages)));
  return InsertRepublication(transaction, republication);
}

absl::StatusOr<EventRepublication> OutboxEventRepublisher::Republish(
    const RepublicationRequest& request) {
  EventRepublication republication;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(republication, RepublishIn(transaction, request));
    return absl::OkStatus();
  }));
  return republication;
}

absl::StatusOr<std::vector<EventRepublication>> OutboxEventRepublisher::List(
    const std::string& before, int limit) {
  std::vector<EventRepublication> republications;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(republications, ListRepublications(transaction, before, limit));
    return absl::OkStatus();
  }));
  return republications;
}

}  // namespace orderflow::order
