// The half of invariants.h that concerns what customers are told.
#include <algorithm>
#include <set>

#include "tests/simulation/invariants.h"

namespace orderflow::simulation {
namespace {

using notification::Event;
using order::OrderState;
using Key = NotificationNode::Key;

// What the customer of an order at rest has to hear: also of a confirmation that was cancelled
// later.
std::set<Event> DueFor(const order::Order& order) {
  std::set<Event> due;
  for (const order::StateChange& change : order.history) {
    if (change.state == OrderState::kConfirmed) {
      due.insert(Event::kOrderConfirmed);
    } else if (change.state == OrderState::kRejected) {
      due.insert(Event::kOrderRejected);
    } else if (change.state == OrderState::kCancelled) {
      due.insert(Event::kOrderCancelled);
    }
  }
  return due;
}

std::string Name(const Key& key) {
  return fmt::format("order {}: {}", key.first.value(), notification::ToString(key.second));
}

void CheckRow(const Key& key, notification::State state, const NotificationNode& notifications,
              Environment& environment) {
  const auto mails = notifications.mailbox().find(key);
  const int count = mails == notifications.mailbox().end() ? 0 : mails->second;
  const bool is_sent = state == notification::State::kSent;
  if (count > 1 || (is_sent && count == 0)) {
    environment.Violate(fmt::format("{} is {} and was mailed {} times", Name(key),
                                    notification::ToString(state), count));
  }
  if (!is_sent && !notifications.excused().contains(key)) {
    environment.Violate(fmt::format("{} is {}, though nothing was refused or in doubt", Name(key),
                                    notification::ToString(state)));
  }
}

}  // namespace

void CheckNotifications(const OrderNode& orders, const NotificationNode& notifications,
                        Environment& environment) {
  size_t due_count = 0;
  for (const auto& [id, aggregate] : orders.aggregates()) {
    for (const Event event : DueFor(aggregate.order)) {
      ++due_count;
      const Key key{id, event};
      const auto row = notifications.rows().find(key);
      if (row != notifications.rows().end()) {
        CheckRow(key, row->second.notification.state, notifications, environment);
      } else {
        environment.Violate(Name(key) + " was never announced");
      }
    }
  }
  if (notifications.rows().size() > due_count) {
    environment.Violate("customers were told of what has not happened");
  }
}

}  // namespace orderflow::simulation
