#include "libs/inbox/transactional_consumer.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/backoff.h"
#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/inbox/batch_applier.h"
#include "libs/inbox/consumer_metrics.h"
#include "libs/inbox/consumer_progress.h"
#include "libs/inbox/handling_spans.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::inbox {
namespace {

using messaging::Record;
using messaging::TopicPartition;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr Duration kRetryDelayInitial = std::chrono::milliseconds(50);
// After a failed poll, which may return at once: long enough not to spin, short enough not to be
// felt when the broker is back.
constexpr std::chrono::milliseconds kPollErrorPause{100};
// How often Kafka's bookmark and the lag gauge are brought up to date; both are for people.
constexpr std::chrono::seconds kReportInterval{1};

int64_t StartOffset(int64_t position) {
  return position == 0 ? messaging::kOffsetBeginning : position;
}

// The partition that a kOutOfRange status of PollBatch speaks of.
TopicPartition PartitionOf(const absl::Status& status) {
  const ErrorDetails details = DetailsOf(status);
  TopicPartition partition{"", -1};
  if (const auto topic = details.metadata.find(messaging::kMetadataTopic);
      topic != details.metadata.end()) {
    partition.topic = topic->second;
  }
  if (const auto number = details.metadata.find(messaging::kMetadataPartition);
      number != details.metadata.end()) {
    const std::string& text = number->second;
    std::from_chars(text.data(), text.data() + text.size(), partition.partition);
  }
  return partition;
}

}  // namespace

// All of it belongs to the thread in Run; OnAssigned and OnRevoked are called from within its
// PollBatch.
struct TransactionalConsumer::State {
  State(const ApplierDeps& deps, ConsumerFactory consumer_factory, telemetry::Metrics& all_metrics,
        ConsumerOptions consumer_options)
      : options(std::move(consumer_options)),
        factory(std::move(consumer_factory)),
        metrics(all_metrics, options.group),
        progress(deps.pool, options.group),
        applier(deps,
                {.group = options.group,
                 .later_records_wait = options.later_records_wait,
                 .tracer = options.tracer},
                progress, metrics),
        batch_limit(options.batch_max) {}

  void PollAndApply(const std::stop_token& stop);
  void PollWhatCameMeanwhile(std::vector<Record>& records, size_t limit);
  void Apply(std::vector<Record> records);
  void Rest(size_t size, size_t limit, SteadyTime start, const std::stop_token& stop);
  void HandlePollError(const absl::Status& status, const std::stop_token& stop);
  void ResetToBeginning(const TopicPartition& partition);
  void StartRecovery(const absl::Status& reason);
  void Recover(const std::stop_token& stop);
  absl::Status ReadProgressAgain();
  void Report(bool now);
  void ReportLag(int64_t lag);
  void ReportAssigned();
  void Backoff(const std::stop_token& stop);
  void Sleep(Duration duration, const std::stop_token& stop);

  const ConsumerOptions options;
  const ConsumerFactory factory;
  ConsumerMetrics metrics;
  ConsumerProgress progress;
  BatchApplier applier;
  std::unique_ptr<messaging::Consumer> consumer;
  Positions positions;      // of the assigned partitions, as the database has them
  bool recovering = false;  // positions are in doubt, or the consumer stands elsewhere
  int failures = 0;         // in a row
  // Most messages in a transaction: halved by failures, doubled by successes, at most
  // options.batch_max.
  size_t batch_limit;
  bool poll_failed = false;
  SteadyTime last_report;
  // Our shares of gauges that are the whole process's.
  int64_t reported_lag = 0;
  size_t reported_partitions = 0;
  std::minstd_rand random{std::random_device{}()};
  Mutex sleep_mutex;
  ConditionVariable sleep;
};

TransactionalConsumer::TransactionalConsumer(postgres::Pool& pool, outbox::Outbox& outbox,
                                             BatchHandler& handler, ConsumerFactory factory,
                                             const Clock& clock, IdGenerator& ids,
                                             telemetry::Metrics& metrics, ConsumerOptions options)
    : state_(std::make_unique<State>(ApplierDeps{pool, outbox, handler, clock, ids},
                                     std::move(factory), metrics, std::move(options))) {}

TransactionalConsumer::~TransactionalConsumer() = default;

void TransactionalConsumer::Run(std::stop_token stop) {
  State& state = *state_;
  while (!stop.stop_requested()) {
    if (state.consumer == nullptr) {
      absl::StatusOr<std::unique_ptr<messaging::Consumer>> consumer = state.factory(*this);
      if (!consumer.ok()) {
        telemetry::LogError("consumer not created, trying again",
                            {{"error", Message(consumer.status())}});
        ++state.failures;
        state.Backoff(stop);
        continue;
      }
      state.consumer = *std::move(consumer);
    }
    if (state.recovering) {
      state.Recover(stop);
    } else {
      state.PollAndApply(stop);
    }
  }
  if (state.consumer != nullptr) {
    state.Report(/*now=*/true);
    state.ReportLag(0);  // from now on somebody else's
    state.consumer->Close();
    state.consumer.reset();
  }
}

absl::StatusOr<std::map<TopicPartition, int64_t>> TransactionalConsumer::OnAssigned(
    const std::vector<TopicPartition>& partitions) {
  ASSIGN_OR_RETURN(const Positions loaded, state_->applier.Load(partitions));
  std::map<TopicPartition, int64_t> start;
  for (const auto& [partition, position] : loaded) {
    state_->positions[partition] = position;
    start[partition] = StartOffset(position);
  }
  state_->ReportAssigned();
  return start;
}

void TransactionalConsumer::OnRevoked(const std::vector<TopicPartition>& partitions) {
  state_->applier.Forget(partitions);
  for (const TopicPartition& partition : partitions) {
    state_->positions.erase(partition);
  }
  state_->ReportAssigned();
}

void TransactionalConsumer::State::PollAndApply(const std::stop_token& stop) {
  const size_t limit = batch_limit;
  absl::StatusOr<std::vector<Record>> records = consumer->PollBatch(limit, options.poll_timeout);
  if (!records.ok()) {
    HandlePollError(records.status(), stop);
    return;
  }
  if (poll_failed) {
    poll_failed = false;
    telemetry::LogInfo("consumer reads again", {{"group", options.group}});
  }
  std::unique_ptr<MutexLock> turn;
  if (options.turn != nullptr && !records->empty() && records->size() < limit) {
    turn = std::make_unique<MutexLock>(*options.turn);
    PollWhatCameMeanwhile(*records, limit);
  }
  const size_t size = records->size();
  const SteadyTime start = std::chrono::steady_clock::now();
  Apply(*std::move(records));
  turn.reset();
  Report(/*now=*/false);
  if (!recovering) {
    Rest(size, limit, start, stop);
  }
}

void TransactionalConsumer::State::Rest(size_t size, size_t limit, SteadyTime start,
                                        const std::stop_token& stop) {
  const auto took = std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now() - start);
  const Duration rest = RestAfterBatch(options.pace, size, limit, took);
  if (rest > Duration::zero()) {
    Sleep(rest, stop);
  }
}

// An error comes again with the next poll.
void TransactionalConsumer::State::PollWhatCameMeanwhile(std::vector<Record>& records,
                                                         size_t limit) {
  absl::StatusOr<std::vector<Record>> more =
      consumer->PollBatch(limit - records.size(), Duration::zero());
  if (more.ok()) {
    records.insert(records.end(), std::make_move_iterator(more->begin()),
                   std::make_move_iterator(more->end()));
  }
}

void TransactionalConsumer::State::Apply(std::vector<Record> records) {
  DropForeign(records, positions);
  applier.DropApplied(records);
  if (records.empty()) {
    return;
  }
  SetHandlingSpans(options.tracer, options.group, records);
  // A poll takes whole records of the log, however many messages they hold; the limit is for
  // messages, and stays until all are applied: raised in between, it would fail at the same place.
  for (std::span<const Record> rest = records; !rest.empty();) {
    const std::span<const Record> slice = rest.first(SliceSize(rest, batch_limit));
    const absl::Status status = applier.Apply(slice, positions);
    if (!status.ok() && !IsPlanted(PlantedBug::kAcknowledgeBeforeCommit)) {
      StartRecovery(status);
      return;
    }
    rest = rest.subspan(slice.size());
  }
  failures = 0;
  batch_limit = std::min(options.batch_max, batch_limit * 2);
}

void TransactionalConsumer::State::HandlePollError(const absl::Status& status,
                                                   const std::stop_token& stop) {
  if (status.code() == absl::StatusCode::kOutOfRange) {
    ResetToBeginning(PartitionOf(status));
    return;
  }
  if (!poll_failed) {
    poll_failed = true;
    telemetry::LogWarning("consumer cannot read, polling on",
                          {{"group", options.group}, {"error", Message(status)}});
  }
  Sleep(kPollErrorPause, stop);
}

// The log does not hold our offset: the topic was made anew, or its history expired before we read
// it. Natural keys absorb what comes twice; what expired is lost and must be seen.
void TransactionalConsumer::State::ResetToBeginning(const TopicPartition& partition) {
  const auto position = positions.find(partition);
  if (position == positions.end()) {
    StartRecovery(
        absl::InternalError(fmt::format("offset out of range in partition {} of topic \"{}\", "
                                        "which is not assigned to this consumer",
                                        partition.partition, partition.topic)));
    return;
  }
  telemetry::LogError("stored offset is not in the log, reading the partition from its beginning",
                      {{"group", options.group},
                       {"topic", partition.topic},
                       {"partition", fmt::format("{}", partition.partition)},
                       {"offset", fmt::format("{}", position->second)}});
  metrics.offset_resets.Increment();
  const absl::Status moved = applier.BeginAnew({partition, position->second, 0});
  // Either way the progress is read again and the consumer put there.
  StartRecovery(moved);
}

// `reason` is OK when progress was moved on purpose.
void TransactionalConsumer::State::StartRecovery(const absl::Status& reason) {
  recovering = true;
  if (reason.ok() || IsFenced(reason)) {
    return;  // nothing failed: read progress and go on at once
  }
  ++failures;
  metrics.failures.Increment();
  batch_limit = std::max<size_t>(1, batch_limit / 2);
  telemetry::LogWarning("batch failed, it will be tried again",
                        {{"group", options.group}, {"error", Message(reason)}});
}

void TransactionalConsumer::State::Recover(const std::stop_token& stop) {
  Backoff(stop);
  // Polling keeps us in the group. What comes is read again from the stored progress.
  const absl::StatusOr<std::vector<Record>> discarded = consumer->PollBatch(1, Duration::zero());
  const absl::Status status = ReadProgressAgain();
  if (status.ok()) {
    recovering = false;
    return;
  }
  ++failures;
  if (discarded.ok()) {
    telemetry::LogWarning("progress not read, trying again",
                          {{"group", options.group}, {"error", Message(status)}});
  }
}

absl::Status TransactionalConsumer::State::ReadProgressAgain() {
  std::vector<TopicPartition> partitions;
  for (const auto& [partition, position] : positions) {
    partitions.push_back(partition);
  }
  ASSIGN_OR_RETURN(positions, applier.Load(partitions));
  for (const auto& [partition, position] : positions) {
    RETURN_IF_ERROR(consumer->Seek(partition, StartOffset(position)));
  }
  return absl::OkStatus();
}

void TransactionalConsumer::State::Report(bool now) {
  const SteadyTime time = std::chrono::steady_clock::now();
  if (!now && time - last_report < kReportInterval) {
    return;
  }
  last_report = time;
  ReportLag(consumer->Lag());
  if (!positions.empty()) {
    consumer->CommitAsync(positions);
  }
}

void TransactionalConsumer::State::ReportLag(int64_t lag) {
  if (lag >= 0) {  // else not known yet
    metrics.lag.Add(static_cast<double>(lag - reported_lag));
    reported_lag = lag;
  }
}

void TransactionalConsumer::State::ReportAssigned() {
  metrics.assigned.Add(static_cast<double>(positions.size()) -
                       static_cast<double>(reported_partitions));
  reported_partitions = positions.size();
}

void TransactionalConsumer::State::Backoff(const std::stop_token& stop) {
  if (failures == 0) {
    return;
  }
  const BackoffPolicy policy{kRetryDelayInitial, options.retry_delay_max};
  const double random01 = std::uniform_real_distribution<double>(0, 1)(random);
  Sleep(BackoffDelay(policy, failures, random01), stop);
}

void TransactionalConsumer::State::Sleep(Duration duration, const std::stop_token& stop) {
  MutexLock lock(sleep_mutex);
  sleep.wait_for(sleep_mutex, stop, duration, [] { return false; });
}

}  // namespace orderflow::inbox
