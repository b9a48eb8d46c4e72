#include <string>
#include <string_view>

#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kDeclare{"verify_declare_notifications", R"sql(
DECLARE verify_notifications NO SCROLL CURSOR FOR
SELECT order_id::text, MAX(rows), string_agg(DISTINCT event, ',' ORDER BY event)
FROM (SELECT order_id, event COLLATE "C" AS event, COUNT(*) AS rows
      FROM notifications WHERE $1 OR order_id = ANY($2::uuid[]) GROUP BY order_id, event, channel) AS kinds
GROUP BY order_id
ORDER BY kinds.order_id)sql"};

constexpr postgres::Statement kFetch{"verify_fetch_notifications",
                                     "FETCH 5000 FROM verify_notifications"};

void Apply(const postgres::Row& row, OrderFacts& facts) {
  NotificationRow notifications{.most_of_one_kind = row.Int(1), .events = {}};
  std::string_view text = row.Text(2);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    notifications.events.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  facts.notifications = std::move(notifications);
}

}  // namespace

FactSource NotificationFactSource(postgres::Pool& notifications) {
  return {&notifications, kDeclare, kFetch, UuidScope, Apply};
}

}  // namespace orderflow::verify
