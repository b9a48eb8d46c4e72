#include "libs/inbox/batch_applier.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "fmt/format.h"
#include "libs/base/crash_point.h"
#include "libs/base/errors.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/inbox/dead_letter.h"
#include "libs/inbox/handling_spans.h"
#include "libs/inbox/parked_record_rows.h"
#include "libs/messaging/packed_messages.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::inbox {
namespace {

// So many poison records without a good one between them look like a fault of ours (a wrong build,
// a missing table): from then on each one costs a retry delay, so that somebody can still stop it.
constexpr int kParkedInARowMax = 10;

constexpr char kParked[] = "PARKED";  // the error of the span of a record that became a dead letter

constexpr char kSlowDownReason[] = "MANY_RECORDS_PARKED";

// Nothing failed: what was committed is, and only the next record waits.
bool IsSlowDown(const absl::Status& status) {
  return absl::IsResourceExhausted(status) && DetailsOf(status).reason == kSlowDownReason;
}

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

// A packed record that nobody could unpack is poison as a whole, whatever a handler would make of
// its bytes.
absl::Status CheckUnpacked(std::span<const messaging::Record> records) {
  const auto packed = std::find_if(records.begin(), records.end(), messaging::IsPacked);
  return packed == records.end()
             ? absl::OkStatus()
             : absl::InvalidArgumentError(
                   fmt::format("the packed record {}/{}@{} is damaged or of a form that this "
                               "version does not know",
                               packed->topic, packed->partition, packed->offset));
}

}  // namespace

BatchApplier::BatchApplier(const ApplierDeps& deps, ApplierOptions options,
                           ConsumerProgress& progress, ConsumerMetrics& metrics)
    : deps_(deps), options_(std::move(options)), progress_(progress), metrics_(metrics) {}

absl::StatusOr<Positions> BatchApplier::Load(
    const std::vector<messaging::TopicPartition>& partitions) {
  absl::StatusOr<Positions> positions = progress_.Load(partitions);
  if (!positions.ok()) {
    partial_.ForgetAll();
    return positions.status();
  }
  partial_.Confirm(*positions);
  if (options_.later_records_wait) {
    RETURN_IF_ERROR(deps_.pool.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
      for (const messaging::TopicPartition& partition : partitions) {
        parked_.Forget(partition);
      }
      ASSIGN_OR_RETURN(const std::vector<ParkedRecord> records,
                       LoadParkedRecords(transaction, options_.group, partitions));
      for (const ParkedRecord& record : records) {
        parked_.Add(record);
      }
      return absl::OkStatus();
    }));
  }
  return positions;
}

void BatchApplier::Forget(const std::vector<messaging::TopicPartition>& partitions) {
  for (const messaging::TopicPartition& partition : partitions) {
    parked_.Forget(partition);
    partial_.Forget(partition);
  }
}

void BatchApplier::DropApplied(std::vector<messaging::Record>& records) const {
  partial_.DropApplied(records);
}

absl::Status BatchApplier::Apply(std::span<const messaging::Record> records, Positions& positions) {
  absl::Status status = ApplyAll(records, positions);
  if (!status.ok() && !IsSlowDown(status)) {
    partial_.ForgetAll();
  }
  return status;
}

absl::Status BatchApplier::ApplyAll(std::span<const messaging::Record> records,
                                    Positions& positions) {
  if (!options_.later_records_wait) {
    return ApplyFree(records, positions);
  }
  while (!records.empty()) {
    const size_t free = parked_.CountFree(records);
    if (free > 0) {
      RETURN_IF_ERROR(ApplyFree(records.first(free), positions));
    } else {
      RETURN_IF_ERROR(ApplyInSequence(records.front(), positions));
    }
    records = records.subspan(std::max<size_t>(1, free));
  }
  return absl::OkStatus();
}

absl::Status BatchApplier::ApplyFree(std::span<const messaging::Record> records,
                                     Positions& positions) {
  const absl::Status status = Commit(records, nullptr, positions);
  if (status.ok() || (IsTransient(status) && !IsPlanted(PlantedBug::kProgressBeyondFailedRow))) {
    return status;
  }
  if (records.size() == 1 || IsPlanted(PlantedBug::kPoisonKillsNeighbours)) {
    return ParkPoison(records.front(), status, positions);
  }
  // A prefix of the batch is a prefix of each of its partitions, so order and progress stay right.
  // What is parked on the way may hold back what follows.
  const size_t half = records.size() / 2;
  RETURN_IF_ERROR(ApplyAll(records.first(half), positions));
  return ApplyAll(records.subspan(half + (IsPlanted(PlantedBug::kOffByOneInSplitBatch) ? 1 : 0)),
                  positions);
}

// A record that is held back, or parked and back again, or a mark.
absl::Status BatchApplier::ApplyInSequence(const messaging::Record& record, Positions& positions) {
  const ParkedRecord place = PlaceOf(record);
  const Effects remove = [&](postgres::Transaction& transaction) {
    return RemoveParkedRecord(transaction, options_.group, place);
  };
  if (IsDiscardMark(record)) {
    const std::vector<ProgressStep> steps = StepsFor(std::span(&record, 1), positions);
    RETURN_IF_ERROR(RunFenced(steps, remove));
    Advance(steps, std::span(&record, 1), positions);
    parked_.Remove(place);
    return absl::OkStatus();
  }
  const std::optional<int64_t> oldest = parked_.OldestBefore(place);
  if (oldest && !(parked_.Contains(place) && IsPlanted(PlantedBug::kRedriveOvertakesParked))) {
    return Park(record,
                fmt::format("waits behind the record of its key that first came at offset {}, "
                            "which is in the dead letter queue",
                            *oldest),
                positions);
  }
  const absl::Status status = Commit(std::span(&record, 1), remove, positions);
  if (status.ok()) {
    parked_.Remove(place);
    return status;
  }
  return IsTransient(status) ? status : ParkPoison(record, status, positions);
}

absl::Status BatchApplier::Commit(std::span<const messaging::Record> records, const Effects& more,
                                  Positions& positions) {
  const Timestamp start_time = SystemClock().Now();
  const std::vector<ProgressStep> steps = StepsFor(records, positions);
  RETURN_IF_ERROR(CheckUnpacked(records));
  const absl::Cleanup release = [this] { deps_.handler.Release(); };
  RETURN_IF_ERROR(deps_.handler.Prepare(records));
  const auto start = std::chrono::steady_clock::now();  // of the transaction
  RETURN_IF_ERROR(RunFenced(steps, [&](postgres::Transaction& transaction) -> absl::Status {
    if (more) {
      RETURN_IF_ERROR(more(transaction));
    }
    return deps_.handler.Handle(transaction, records);
  }));
  Advance(steps, records, positions);
  parked_in_a_row_ = 0;
  metrics_.records.Increment(static_cast<double>(records.size()));
  metrics_.batch_size.Observe(static_cast<double>(records.size()));
  metrics_.handle_duration.Observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  RecordHandled(options_.tracer, options_.group, records, start_time, "");
  return absl::OkStatus();
}

void BatchApplier::Advance(const std::vector<ProgressStep>& steps,
                           std::span<const messaging::Record> records, Positions& positions) {
  ApplySteps(steps, positions);
  partial_.NoteApplied(records);
  metrics_.passed_offsets.Increment(
      static_cast<double>(std::count_if(records.begin(), records.end(), messaging::EndsItsOffset)));
}

absl::Status BatchApplier::BeginAnew(const ProgressStep& step) {
  partial_.Forget(step.partition);
  return RunFenced({step}, [&](postgres::Transaction& transaction) {
    return RemoveParkedRecords(transaction, options_.group, step.partition);
  });
}

absl::Status BatchApplier::RunFenced(const std::vector<ProgressStep>& steps,
                                     const Effects& effects) {
  absl::Status status =
      deps_.pool.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        // Progress first: a zombie waits or stops there, before any of its effects.
        const auto advance = [&](postgres::Transaction& in) {
          return progress_.Advance(in, steps);
        };
        RETURN_IF_ERROR(IsPlanted(PlantedBug::kDedupOutsideTransaction)
                            ? deps_.pool.RunInTransaction(advance)
                            : advance(transaction));
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

absl::Status BatchApplier::ParkPoison(const messaging::Record& record, const absl::Status& reason,
                                      Positions& positions) {
  RETURN_IF_ERROR(Park(record, reason.ToString(), positions));
  if (++parked_in_a_row_ >= kParkedInARowMax) {
    return TypedError(
        absl::StatusCode::kResourceExhausted,
        fmt::format("{} records in a row went to the dead letter queue, going on slowly: is this "
                    "build wrong, or its schema incomplete?",
                    parked_in_a_row_),
        kSlowDownReason);
  }
  return absl::OkStatus();
}

absl::Status BatchApplier::Park(const messaging::Record& record, const std::string& reason,
                                Positions& positions) {
  const Timestamp start_time = SystemClock().Now();
  const std::vector<ProgressStep> steps = StepsFor(std::span(&record, 1), positions);
  const outbox::OutboxMessage dead_letter =
      MakeDeadLetter(record, reason, deps_.ids.NewId(), deps_.clock.Now());
  const ParkedRecord place = PlaceOf(record);
  // A key that comes back as another one is no order's.
  const bool holds_back =
      options_.later_records_wait && !record.key.empty() && dead_letter.key == record.key;
  RETURN_IF_ERROR(RunFenced(steps, [&](postgres::Transaction& transaction) -> absl::Status {
    if (holds_back) {
      RETURN_IF_ERROR(AddParkedRecord(transaction, options_.group, place));
    }
    return deps_.outbox.Insert(transaction, {dead_letter});
  }));
  Advance(steps, std::span(&record, 1), positions);
  if (holds_back) {
    parked_.Add(place);
  }
  metrics_.dead_letters.Increment();
  RecordHandled(options_.tracer, options_.group, std::span(&record, 1), start_time, kParked);
  telemetry::LogError("record parked in the dead letter queue",
                      {{"topic", record.topic},
                       {"partition", fmt::format("{}", record.partition)},
                       {"offset", fmt::format("{}", record.offset)},
                       {"message_id", dead_letter.message_id},
                       {"error", reason}});
  return absl::OkStatus();
}

}  // namespace orderflow::inbox
