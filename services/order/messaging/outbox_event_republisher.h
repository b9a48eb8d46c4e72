#pragma once

#include <string>
#include <vector>

#include "libs/base/uuid.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "services/order/persistence/event_republication_rows.h"
#include "services/order/sagas/event_republisher.h"

namespace orderflow::order {

// EventRepublisher in PostgreSQL. What is sent goes through the outbox, in the transaction that
// holds the record: it is sent if and only if it is recorded. Threadsafe. Errors as in
// libs/postgres/errors.h.
class OutboxEventRepublisher final : public EventRepublisher {
 public:
  OutboxEventRepublisher(postgres::Pool& pool, outbox::Outbox& outbox, IdGenerator& ids,
                         RepublicationLimits limits = {})
      : pool_(pool), outbox_(outbox), ids_(ids), limits_(limits) {}

  absl::StatusOr<EventRepublication> Republish(const RepublicationRequest& request) override;
  absl::StatusOr<std::vector<EventRepublication>> List(const std::string& before,
                                                       int limit) override;

 private:
  absl::StatusOr<EventRepublication> RepublishIn(postgres::Transaction& transaction,
                                                 const RepublicationRequest& request);

  postgres::Pool& pool_;
  outbox::Outbox& outbox_;
  IdGenerator& ids_;
  const RepublicationLimits limits_;
};

}  // namespace orderflow::order
