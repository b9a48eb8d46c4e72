#pragma once

#include <functional>
#include <span>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "libs/inbox/batch_handler.h"
#include "libs/inbox/consumer_metrics.h"
#include "libs/inbox/consumer_progress.h"
#include "libs/messaging/record.h"

namespace orderflow::outbox {
class Outbox;
}

namespace orderflow::inbox {

// What BatchApplier works with.
struct ApplierDeps {
  postgres::Pool& pool;
  outbox::Outbox& outbox;
  BatchHandler& handler;
  const Clock& clock;
  IdGenerator& ids;
};

// Applies batches of records: handler and progress in one transaction; a batch that cannot be
// applied is split until the poison record stands alone and is parked. Not threadsafe.
class BatchApplier {
 public:
  BatchApplier(const ApplierDeps& deps, ConsumerProgress& progress, ConsumerMetrics& metrics);

  // OK: every record is applied or parked. Otherwise a prefix is, and the caller reads progress
  // again before it goes on. `positions` moves with each commit.
  //   IsFenced: another process has moved the progress.
  //   Anything else: try again later.
  absl::Status Apply(std::span<const messaging::Record> records, Positions& positions);

 private:
  absl::Status Commit(std::span<const messaging::Record> records, Positions& positions);
  absl::Status Park(const messaging::Record& record, const absl::Status& reason,
                    Positions& positions);
  absl::Status RunFenced(const std::vector<ProgressStep>& steps,
                         const std::function<absl::Status(postgres::Transaction&)>& effects);

  ApplierDeps deps_;
  ConsumerProgress& progress_;
  ConsumerMetrics& metrics_;
  int parked_in_a_row_ = 0;
};

}  // namespace orderflow::inbox
