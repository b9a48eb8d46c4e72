#pragma once

#include <map>
#include <optional>
#include <span>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "services/order/domain/dead_letter_ports.h"

namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::order {

// DeadLetterSettler in PostgreSQL. What is sent goes through the outbox, in the transaction that
// holds the record: it is sent if and only if it is recorded. Threadsafe. Errors as in
// libs/postgres/errors.h.
class OutboxDeadLetterSettler final : public DeadLetterSettler {
 public:
  OutboxDeadLetterSettler(postgres::Pool& pool, outbox::Outbox& outbox, const Clock& clock,
                          IdGenerator& ids, telemetry::Metrics& metrics);

  absl::StatusOr<std::vector<DeadLetterResult>> Settle(std::span<const DeadLetter> letters,
                                                       const DeadLetterRequest& request) override;
  absl::StatusOr<std::map<DeadLetterId, DeadLetterAction>> ActionsOn(
      std::span<const DeadLetter> letters) override;
  absl::StatusOr<std::map<std::string, int64_t>> Count() override;
  absl::StatusOr<std::vector<DeadLetterAction>> ListActions(
      const DeadLetterActionFilter& filter) override;

 private:
  struct Batch;
  absl::Status Decide(postgres::Transaction& transaction, std::span<const DeadLetter> letters,
                      const DeadLetterRequest& request, Batch& batch);
  absl::Status Store(postgres::Transaction& transaction, Batch& batch);

  postgres::Pool& pool_;
  outbox::Outbox& outbox_;
  const Clock& clock_;
  IdGenerator& ids_;
  telemetry::Counter& redriven_;
  telemetry::Counter& discarded_;
};

}  // namespace orderflow::order
