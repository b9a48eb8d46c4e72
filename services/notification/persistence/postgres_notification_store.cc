#include "services/notification/persistence/postgres_notification_store.h"

#include <string>

#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"
#include "services/notification/persistence/notification_rows.h"

namespace orderflow::notification {
namespace {

constexpr postgres::Statement kInsert{
    "notification_insert",
    "INSERT INTO notifications (notification_id, order_id, event, channel, customer_id, recipient,"
    " subject, body, state, last_error, traceparent, attempts, next_attempt_time, create_time,"
    " update_time)"
    " SELECT notification_id, order_id, event, channel, customer_id, recipient, subject, body,"
    " state, last_error, traceparent, 0, CASE WHEN state = 'PENDING' THEN now() END, now(), now()"
    " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::text[], $10::text[], $11::text[]) AS batch (notification_id,"
    " order_id, event, channel, customer_id, recipient, subject, body, state, last_error,"
    " traceparent)"
    " ON CONFLICT (order_id, event, channel) DO NOTHING"};

// One statement per way to search, so that each gets a plan of its own.
constexpr postgres::Statement kListAll{
    "notification_list_all",
    "SELECT " ORDERFLOW_NOTIFICATION_COLUMNS("''") " FROM notifications"
    " WHERE notification_id < $1::uuid AND ($2 = '' OR state = $2)"
    " ORDER BY notification_id DESC LIMIT $3"};

constexpr postgres::Statement kListParked{
    "notification_list_parked",
    "SELECT " ORDERFLOW_NOTIFICATION_COLUMNS("''") " FROM notifications"
    " WHERE notification_id < $1::uuid AND state = 'PARKED'"
    " ORDER BY notification_id DESC LIMIT $2"};

constexpr postgres::Statement kListByCustomer{
    "notification_list_by_customer",
    "SELECT " ORDERFLOW_NOTIFICATION_COLUMNS("''") " FROM notifications"
    " WHERE customer_id = $4 AND notification_id < $1::uuid"
    " AND ($2 = '' OR state = $2) ORDER BY notification_id DESC LIMIT $3"};

// Found by its order first: planned together with the page, a table that was empty when the plan
// was made would be read from the page's start.
constexpr postgres::Statement kListByOrder{
    "notification_list_by_order",
    "WITH of_order AS MATERIALIZED (SELECT * FROM notifications WHERE order_id = $4::uuid)"
    " SELECT " ORDERFLOW_NOTIFICATION_COLUMNS("''") " FROM of_order"
    " WHERE ($5 = '' OR customer_id = $5) AND notification_id < $1::uuid AND ($2 = '' OR state = $2)"
    " ORDER BY notification_id DESC LIMIT $3"};

absl::StatusOr<postgres::Rows> Select(postgres::Transaction& transaction,
                                      const NotificationFilter& filter) {
  postgres::Params params;
  params.Text(postgres::BeforeOrLast(filter.before.value()));
  if (filter.state == State::kParked && filter.order_id.empty() && filter.customer_id.empty()) {
    return transaction.Execute(kListParked, params.Int(filter.limit));
  }
  params.Text(filter.state.has_value() ? ToString(*filter.state) : "").Int(filter.limit);
  if (!filter.order_id.empty()) {
    params.Text(filter.order_id.value()).Text(filter.customer_id.value());
    return transaction.Execute(kListByOrder, params);
  }
  if (!filter.customer_id.empty()) {
    return transaction.Execute(kListByCustomer, params.Text(filter.customer_id.value()));
  }
  return transaction.Execute(kListAll, params);
}

}  // namespace

absl::StatusOr<int64_t> PostgresNotificationStore::Insert(
    postgres::Transaction& transaction, std::span<const Notification> notifications) {
  if (notifications.empty()) {
    return 0;
  }
  std::vector<std::string> ids, order_ids, events, channels, customer_ids, recipients, subjects,
      bodies, states, last_errors, traceparents;
  for (const Notification& notification : notifications) {
    ids.push_back(notification.notification_id.value());
    order_ids.push_back(notification.order_id.value());
    events.emplace_back(ToString(notification.event));
    channels.emplace_back(ToString(notification.channel));
    customer_ids.push_back(notification.customer_id.value());
    recipients.push_back(notification.recipient);
    subjects.push_back(notification.subject);
    bodies.push_back(notification.body);
    states.emplace_back(ToString(notification.state));
    last_errors.push_back(notification.last_error);
    traceparents.push_back(notification.traceparent);
  }
  postgres::Params params;
  params.UuidArray(ids)
      .UuidArray(order_ids)
      .TextArray(events)
      .TextArray(channels)
      .TextArray(customer_ids)
      .TextArray(recipients)
      .TextArray(subjects)
      .TextArray(bodies)
      .TextArray(states)
      .TextArray(last_errors)
      .TextArray(traceparents);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kInsert, params));
  return rows.affected();
}

absl::StatusOr<std::vector<Notification>> PostgresNotificationStore::List(
    const NotificationFilter& filter) {
  std::vector<Notification> notifications;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, Select(transaction, filter));
    ASSIGN_OR_RETURN(notifications, ReadNotifications(rows));
    return absl::OkStatus();
  }));
  return notifications;
}

}  // namespace orderflow::notification
