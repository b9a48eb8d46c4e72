#include "libs/inbox/batch_applier.h"

#include <chrono>
#include <functional>
#include <vector>

#include "fmt/format.h"
#include "libs/base/crash_point.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/inbox/dead_letter.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::inbox {
namespace {

// So many poison records without a good one between them look like a fault of ours (a wrong build,
// a missing table): from then on each one costs a retry delay, so that somebody can still stop it.
constexpr int kParkedInARowMax = 10;

// True when the same records may go through later; false when they will fail each time.
bool IsTransient(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kCancelled:
      return true;
    default:
      return false;
  }
}

}  // namespace

BatchApplier::BatchApplier(const ApplierDeps& deps, ConsumerProgress& progress,
                           ConsumerMetrics& metrics)
    : deps_(deps), progress_(progress), metrics_(metrics) {}

absl::Status BatchApplier::Apply(std::span<const messaging::Record> records, Positions& positions) {
  const absl::Status status = Commit(records, positions);
  if (status.ok() || (IsTransient(status) && !IsPlanted(PlantedBug::kProgressBeyondFailedRow))) {
    return status;
  }
  if (records.size() == 1 || IsPlanted(PlantedBug::kPoisonKillsNeighbours)) {
    return Park(records.front(), status, positions);
  }
  // A prefix of the batch is a prefix of each of its partitions, so order and progress stay right.
  const size_t half = records.size() / 2;
  RETURN_IF_ERROR(Apply(records.first(half), positions));
  return Apply(records.subspan(half + (IsPlanted(PlantedBug::kOffByOneInSplitBatch) ? 1 : 0)),
               positions);
}

absl::Status BatchApplier::Commit(std::span<const messaging::Record> records,
                                  Positions& positions) {
  const auto start = std::chrono::steady_clock::now();
  const std::vector<ProgressStep> steps = StepsFor(records, positions);
  RETURN_IF_ERROR(RunFenced(steps, [&](postgres::Transaction& transaction) {
    return deps_.handler.Handle(transaction, records);
  }));
  ApplySteps(steps, positions);
  parked_in_a_row_ = 0;
  metrics_.records.Increment(static_cast<double>(records.size()));
  metrics_.batch_size.Observe(static_cast<double>(records.size()));
  metrics_.handle_duration.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return absl::OkStatus();
}

absl::Status BatchApplier::RunFenced(
    const std::vector<ProgressStep>& steps,
    const std::function<absl::Status(postgres::Transaction&)>& effects) {
  absl::Status status =
      deps_.pool.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        // Progress first: a zombie waits or stops there, before any of its effects.
        RETURN_IF_ERROR(IsPlanted(PlantedBug::kDedupOutsideTransaction)
                            ? progress_.Move(steps.front())
                            : progress_.Advance(transaction, steps));
        RETURN_IF_ERROR(effects(transaction));
        CRASH_POINT("inbox.before_commit");
        return absl::OkStatus();
      });
  if (IsFenced(status)) {
    metrics_.fenced.Increment();
  }
  if (status.ok()) {
    CRASH_POINT("inbox.after_commit");
  }
  return status;
}

absl::Status BatchApplier::Park(const messaging::Record& record, const absl::Status& reason,
                                Positions& positions) {
  const std::vector<ProgressStep> steps = StepsFor(std::span(&record, 1), positions);
  const outbox::OutboxMessage dead_letter =
      MakeDeadLetter(record, reason.ToString(), deps_.ids.NewId(), deps_.clock.Now());
  RETURN_IF_ERROR(RunFenced(steps, [&](postgres::Transaction& transaction) {
    return deps_.outbox.Insert(transaction, {dead_letter});
  }));
  ApplySteps(steps, positions);
  metrics_.dead_letters.Increment();
  telemetry::LogError("record parked in the dead letter queue",
                      {{"topic", record.topic},
                       {"partition", fmt::format("{}", record.partition)},
                       {"offset", fmt::format("{}", record.offset)},
                       {"message_id", dead_letter.message_id},
                       {"error", Message(reason)}});
  if (++parked_in_a_row_ >= kParkedInARowMax) {
    return absl::ResourceExhaustedError(
        fmt::format("{} records in a row went to the dead letter queue, going on slowly: is this "
                    "build wrong, or its "
                    "schema incomplete?",
                    parked_in_a_row_));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::inbox
