#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/uuid.h"
#include "libs/inbox/batch_handler.h"
#include "libs/inbox/consumer_metrics.h"
#include "libs/inbox/consumer_progress.h"
#include "libs/inbox/parked_records.h"
#include "libs/inbox/partial_records.h"
#include "libs/messaging/record.h"

namespace orderflow::outbox {
class Outbox;
}
namespace orderflow::telemetry {
class Tracer;
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

struct ApplierOptions {
  std::string group;
  // What follows a parked record of the same key is parked, too, until that one has been redriven
  // and applied, or discarded.
  bool later_records_wait = false;
  telemetry::Tracer* tracer = nullptr;  // null: no spans
};

// Applies batches of records: handler and progress in one transaction; a batch that cannot be
// applied is split until the poison record stands alone and is parked. Not threadsafe.
//
// A packed record that is split is applied in several transactions; progress moves with the last of
// them. What is applied of it is remembered in memory while nothing fails: many poison messages,
// which only slow us down, are parked once each. After a failure (the database may have lost what
// it had committed) and when the process dies in between, the record is handled from its first
// message on and left to the handlers' natural keys, as every record that comes twice.
//
// With later_records_wait it knows what is parked of its partitions (table parked_records, read
// when they are assigned and changed together with their progress) and takes the records of a key
// in the order in which they first came: a record behind a parked one is parked behind it; a parked
// one that comes again is applied when it is the oldest of its key.
class BatchApplier {
 public:
  BatchApplier(const ApplierDeps& deps, ApplierOptions options, ConsumerProgress& progress,
               ConsumerMetrics& metrics);

  // The progress of `partitions` and, read after it, what is parked of them: if somebody else goes
  // on in between, the progress is what is out of date, and fenced.
  absl::StatusOr<Positions> Load(const std::vector<messaging::TopicPartition>& partitions);
  // They are not ours any more.
  void Forget(const std::vector<messaging::TopicPartition>& partitions);

  // Takes out what is applied already of packed records that are not done.
  void DropApplied(std::vector<messaging::Record>& records) const;

  // OK: every record is applied or parked. Otherwise a prefix is, and the caller reads progress
  // (Load) and the records again before it goes on. `positions` moves with each commit.
  //   IsFenced: another process has moved the progress.
  //   Anything else: try again later.
  absl::Status Apply(std::span<const messaging::Record> records, Positions& positions);

  // Begins a partition anew whose log was made anew: what was parked of the old one holds back
  // nothing. Afterwards progress is to be read again.
  absl::Status BeginAnew(const ProgressStep& step);

 private:
  using Effects = std::function<absl::Status(postgres::Transaction&)>;

  absl::Status ApplyAll(std::span<const messaging::Record> records, Positions& positions);
  absl::Status ApplyFree(std::span<const messaging::Record> records, Positions& positions);
  absl::Status ApplyInSequence(const messaging::Record& record, Positions& positions);
  absl::Status Commit(std::span<const messaging::Record> records, const Effects& more,
                      Positions& positions);
  absl::Status ParkPoison(const messaging::Record& record, const absl::Status& reason,
                          Positions& positions);
  absl::Status Park(const messaging::Record& record, const std::string& reason,
                    Positions& positions);
  absl::Status RunFenced(const std::vector<ProgressStep>& steps, const Effects& effects);
  // After the commit of `steps`, which `records` have made.
  void Advance(const std::vector<ProgressStep>& steps, std::span<const messaging::Record> records,
               Positions& positions);

  ApplierDeps deps_;
  const ApplierOptions options_;
  ConsumerProgress& progress_;
  ConsumerMetrics& metrics_;
  ParkedRecords parked_;  // of our partitions, as the database has it
  PartialRecords partial_;
  int parked_in_a_row_ = 0;
};

}  // namespace orderflow::inbox
