#include "services/notification/messaging/order_event_codec.h"

#include <string>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "orderflow/order/v1/order_events.pb.h"

namespace orderflow::notification {
namespace {

absl::Status Malformed(const messaging::Record& record, const std::string& what) {
  return absl::InvalidArgumentError(
      fmt::format("read the record {}/{} at offset {}: {}; correct its producer", record.topic,
                  record.partition, record.offset, what));
}

Reason ReasonOf(const common::v1::Refusal& refusal) {
  switch (refusal.reason()) {
    case common::v1::Refusal::REASON_OUT_OF_STOCK:
      return Reason::kOutOfStock;
    case common::v1::Refusal::REASON_PAYMENT_DECLINED:
      return Reason::kPaymentDeclined;
    case common::v1::Refusal::REASON_CANCELLED_BY_CUSTOMER:
      return Reason::kCancelledByCustomer;
    case common::v1::Refusal::REASON_UNKNOWN_SKU:
      return Reason::kUnknownSku;
    default:
      return Reason::kOther;
  }
}

void SetReason(const common::v1::Refusal& refusal, OrderOutcome& outcome) {
  outcome.reason = ReasonOf(refusal);
  outcome.reason_text = refusal.message();
  outcome.skus = {refusal.skus().begin(), refusal.skus().end()};
}

}  // namespace

absl::StatusOr<std::optional<OrderOutcome>> DecodeEvent(const messaging::Record& record) {
  order::v1::OrderEvent event;
  if (!event.ParseFromString(record.value)) {
    return Malformed(record, "the value is not an orderflow.order.v1.OrderEvent");
  }
  if (!IsUuid(event.order_id()) || !IsName(event.customer_id())) {
    return Malformed(record, "order_id or customer_id is missing or malformed");
  }
  OrderOutcome outcome;
  outcome.order_id = OrderId(event.order_id());
  outcome.customer_id = CustomerId(event.customer_id());
  outcome.email = event.email();
  outcome.traceparent = record.span;
  outcome.total = {event.total().currency_code(), event.total().amount_minor()};
  switch (event.event_case()) {
    case order::v1::OrderEvent::kOrderConfirmed:
      outcome.event = Event::kOrderConfirmed;
      return outcome;
    case order::v1::OrderEvent::kOrderRejected:
      outcome.event = Event::kOrderRejected;
      SetReason(event.order_rejected().refusal(), outcome);
      return outcome;
    case order::v1::OrderEvent::kOrderCancelled:
      if (IsPlanted(PlantedBug::kCancelledOrderNotAnnounced)) {
        return std::nullopt;
      }
      outcome.event = Event::kOrderCancelled;
      outcome.refunded = event.order_cancelled().refunded();
      SetReason(event.order_cancelled().refusal(), outcome);
      return outcome;
    default:
      // Also events of a later version: there is nothing to say about them.
      return std::nullopt;
  }
}

absl::StatusOr<std::vector<Notification>> NotificationsOf(
    std::span<const messaging::Record> records, IdGenerator& ids) {
  std::vector<Notification> notifications;
  for (const messaging::Record& record : records) {
    ASSIGN_OR_RETURN(const std::optional<OrderOutcome> outcome, DecodeEvent(record));
    if (outcome.has_value()) {
      notifications.push_back(NotificationOf(*outcome, NotificationId(ids.NewId())));
    }
  }
  return notifications;
}

}  // namespace orderflow::notification
