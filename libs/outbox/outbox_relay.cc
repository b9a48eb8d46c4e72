#include "libs/outbox/outbox_relay.h"

#include <random>
#include <thread>
#include <utility>

#include "libs/base/backoff.h"
#include "libs/base/crash_point.h"
#include "libs/base/mutex.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/outbox/message_publisher.h"
#include "libs/outbox/outbox_store.h"
#include "libs/outbox/pending_messages.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::outbox {
namespace {

// While the database is away, acknowledged rows wait in memory to be deleted.
constexpr BackoffPolicy kDeleteBackoff{.initial = std::chrono::milliseconds(100),
                                       .max = std::chrono::seconds(2)};

std::chrono::milliseconds Millis(Duration duration) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

}  // namespace

struct OutboxRelay::State {
  State(postgres::Pool& pool, messaging::Producer& producer, telemetry::Metrics& metrics,
        RelayOptions relay_options)
      : options(std::move(relay_options)),
        store(pool),
        pending(std::make_shared<PendingMessages>(options.in_flight_max)),
        publisher_of_pending(
            pending, producer, metrics,
            {.source = options.source, .limits = options.limits, .tracer = options.tracer}),
        messages(
            metrics.AddGauge("orderflow_outbox_messages",
                             "Messages in the outbox table, as the sweeping process counts them")),
        oldest_age(metrics.AddGauge("orderflow_outbox_oldest_age_seconds",
                                    "Age of the oldest row in the outbox table")),
        left_to_sweep(
            metrics.AddCounter("orderflow_outbox_left_messages_total",
                               "Messages that did not fit into memory and wait for the sweep")),
        swept(metrics.AddCounter("orderflow_outbox_swept_messages_total",
                                 "Messages that the sweep found left behind")) {}

  void RunDeleter(const std::stop_token& stop);
  void RunSweeper(const std::stop_token& stop);
  void Sweep(const std::stop_token& stop);
  absl::Status SweepBacklog(const std::stop_token& stop);
  // Sleeps about `duration`, less when stop is requested.
  void Sleep(Duration duration, const std::stop_token& stop);

  const RelayOptions options;
  OutboxStore store;
  const std::shared_ptr<PendingMessages> pending;
  MessagePublisher publisher_of_pending;
  telemetry::Gauge& messages;
  telemetry::Gauge& oldest_age;
  telemetry::Counter& left_to_sweep;
  telemetry::Counter& swept;
  std::minstd_rand jitter{std::random_device{}()};  // of the sweeper thread
  Mutex sleep_mutex;
  ConditionVariable sleep;
  // Threads last: they use all of the above.
  std::jthread deleter;
  std::jthread publisher;
  std::jthread sweeper;
};

void OutboxRelay::State::Sleep(Duration duration, const std::stop_token& stop) {
  MutexLock lock(sleep_mutex);
  sleep.wait_for(sleep_mutex, stop, duration, [] { return false; });
}

void OutboxRelay::State::RunDeleter(const std::stop_token& stop) {
  for (int failures = 0;;) {
    std::vector<std::string> batch_ids =
        pending->TakeAcknowledged(options.delete_batch_max, Millis(options.delete_interval), stop);
    if (batch_ids.empty()) {
      if (stop.stop_requested()) {
        return;
      }
      continue;
    }
    CRASH_POINT("outbox.before_delete");
    const absl::Status status = store.Delete(batch_ids);
    if (status.ok()) {
      CRASH_POINT("outbox.after_delete");
      failures = 0;
      pending->Forget(batch_ids);
      continue;
    }
    telemetry::LogWarning("published outbox rows not deleted, they may be published again",
                          {{"error", Message(status)}});
    if (stop.stop_requested()) {
      return;  // the sweep of another process finds them
    }
    pending->ReturnAcknowledged(std::move(batch_ids));
    Sleep(BackoffDelay(kDeleteBackoff, ++failures, 1), stop);
  }
}

void OutboxRelay::State::RunSweeper(const std::stop_token& stop) {
  std::uniform_real_distribution<double> spread(
      0.9, 1.1);  // processes started together do not stay in step
  while (!stop.stop_requested()) {
    Sweep(stop);
    const double interval = static_cast<double>(options.sweep_interval.count()) * spread(jitter);
    Sleep(Duration(static_cast<Duration::rep>(interval)), stop);
  }
  store.ReleaseLease(options.instance_id).IgnoreError();  // it expires by itself
}

void OutboxRelay::State::Sweep(const std::stop_token& stop) {
  const absl::StatusOr<bool> acquired = store.AcquireLease(options.instance_id, options.lease);
  absl::Status status = acquired.status();
  if (acquired.ok() && *acquired) {
    status = SweepBacklog(stop);
  } else {
    messages.Set(0);  // the holder of the lease reports
    oldest_age.Set(0);
  }
  if (!status.ok()) {
    telemetry::LogWarning("outbox sweep failed, it will be tried again",
                          {{"error", Message(status)}});
  }
}

absl::Status OutboxRelay::State::SweepBacklog(const std::stop_token& stop) {
  ASSIGN_OR_RETURN(const OutboxDepth depth, store.Depth());
  messages.Set(static_cast<double>(depth.messages));
  oldest_age.Set(depth.oldest_age_seconds);
  std::string last_batch_id;
  // A backlog leaves most of the memory to messages that are offered now. When the broker is away
  // and nothing moves, the next sweep goes on.
  while (
      pending->WaitUntilAtMost(options.in_flight_max / 4, Millis(options.sweep_interval), stop)) {
    ASSIGN_OR_RETURN(const bool renewed, store.AcquireLease(options.instance_id, options.lease));
    if (!renewed) {
      break;
    }
    ASSIGN_OR_RETURN(
        std::vector<OutboxMessage> found,
        store.ReadOlderThan(options.sweep_age_min, last_batch_id, options.sweep_limits));
    if (found.empty()) {
      break;
    }
    CRASH_POINT("outbox.before_swept_hand_off");
    last_batch_id = found.back().batch_id;
    const PendingMessages::AddResult result = pending->Add(std::move(found));
    swept.Increment(static_cast<double>(result.added));
    if (result.left_out > 0 && !IsPlanted(PlantedBug::kSweepGoesPastLeftOut)) {
      break;  // younger ones must not go first: the next sweep begins with what was left out
    }
  }
  return absl::OkStatus();
}

OutboxRelay::OutboxRelay(postgres::Pool& pool, messaging::Producer& producer,
                         telemetry::Metrics& metrics, RelayOptions options)
    : state_(std::make_unique<State>(pool, producer, metrics, std::move(options))) {}

OutboxRelay::~OutboxRelay() { Stop(Duration::zero()); }

void OutboxRelay::Offer(std::vector<OutboxMessage> messages) {
  const PendingMessages::AddResult result = state_->pending->Add(std::move(messages));
  if (result.left_out > 0) {
    state_->left_to_sweep.Increment(static_cast<double>(result.left_out));
  }
}

void OutboxRelay::Start() {
  State& state = *state_;
  state.deleter = std::jthread([&state](const std::stop_token& stop) { state.RunDeleter(stop); });
  state.publisher =
      std::jthread([&state](const std::stop_token& stop) { state.publisher_of_pending.Run(stop); });
  state.sweeper = std::jthread([&state](const std::stop_token& stop) { state.RunSweeper(stop); });
}

void OutboxRelay::Stop(Duration drain_timeout) {
  State& state = *state_;
  if (!state.deleter.joinable()) {
    return;
  }
  state.sweeper.request_stop();
  state.pending->Close();
  if (!state.pending->WaitUntilAllAcknowledged(Millis(drain_timeout))) {
    telemetry::LogWarning(
        "outbox stopped with unpublished messages, the sweep of another process publishes them");
  }
  state.sweeper.join();
  state.publisher.request_stop();
  state.publisher.join();
  state.deleter.request_stop();
  state.deleter.join();
}

}  // namespace orderflow::outbox
