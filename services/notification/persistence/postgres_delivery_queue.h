#pragma once

#include <span>
#include <string>
#include <vector>

#include "libs/base/uuid.h"
#include "services/notification/domain/delivery_queue.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::notification {

// The rows of table notifications that are under way. Times are the database's clock. Senders of
// several processes share it: claims skip what others hold. Threadsafe.
class PostgresDeliveryQueue final : public DeliveryQueue {
 public:
  PostgresDeliveryQueue(postgres::Pool& pool, IdGenerator& ids) : pool_(pool), ids_(ids) {}

  // A claim whose commit is in doubt is looked up by its claim id.
  absl::StatusOr<std::vector<Notification>> Claim(int batch_max) override;
  absl::Status Record(std::span<const DeliveryUpdate> updates) override;
  absl::StatusOr<int> ParkAbandoned(Duration age, int batch_max) override;

 private:
  absl::StatusOr<std::vector<Notification>> FindClaim(const std::string& claim_id, int batch_max);

  postgres::Pool& pool_;
  IdGenerator& ids_;
};

}  // namespace orderflow::notification
