#include "tests/simulation/order_node.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "services/order/messaging/saga_reply_codec.h"
#include "tests/simulation/saga_recorder.h"

namespace orderflow::simulation {
namespace {

using order::OrderAggregate;
using order::RequestKey;
using order::StoredAnswer;
using order::WorkflowStep;

// In the order of saga::Outcome.
constexpr std::array kOutcomes{"DONE", "REFUSED", "FAILED", "UNKNOWN"};
// Less than are under way at times, and changes of hands while they are.
constexpr size_t kKeptMax = 3;
constexpr size_t kBatchesOfOneOrchestrator = 5;
constexpr Duration kLate = std::chrono::seconds(5);  // far more than the timer's interval

bool IsSame(const OrderAggregate& one, const OrderAggregate& other) {
  return one.order.history == other.order.history &&
         one.order.cancel_request_id == other.order.cancel_request_id &&
         one.current.saga == other.current.saga;
}

absl::Status CommitError(CommitFate fate) {
  return fate == CommitFate::kLost ? absl::UnavailableError("the database is away")
                                   : absl::UnknownError("commit in doubt");
}

}  // namespace

OrderNode::OrderNode(Environment& environment, Broker& broker)
    : environment_(environment),
      clock_(environment.clock),
      workflow_(environment.ids),
      outbox_(environment, broker, "order", 2),
      replies_(
          environment, broker, Topic::kOrderReplies,
          [this](std::span<const messaging::Record> records) { return HandleReplies(records); }) {
  for (auto& kept : kept_) {
    kept = std::make_unique<order::KeptAggregates>(kKeptMax);
  }
}

absl::StatusOr<std::map<RequestKey, StoredAnswer>> OrderNode::FindAnswers(
    std::span<const RequestKey> keys) {
  std::map<RequestKey, StoredAnswer> found;
  for (const RequestKey& key : keys) {
    if (const auto answer = answers_.find(key); answer != answers_.end()) {
      found.insert(*answer);
    }
  }
  return found;
}

absl::StatusOr<std::map<RequestKey, StoredAnswer>> OrderNode::Accept(
    std::span<const order::Decision> decisions) {
  BeginTransaction();
  std::map<RequestKey, StoredAnswer> answered_before;
  std::vector<WorkflowStep> steps;
  std::vector<std::pair<RequestKey, StoredAnswer>> claimed;
  for (const order::Decision& decision : decisions) {
    if (const auto before = answers_.find(decision.key); before != answers_.end()) {
      answered_before.insert(*before);
      continue;
    }
    claimed.emplace_back(decision.key, StoredAnswer{decision.body_hash, decision.answer});
    if (decision.answer.ok()) {
      const saga::EngineContext now = Now();
      steps.push_back(workflow_.Start(*decision.answer, decision.traceparent, now));
      ObserveStart(steps.back().aggregate.current.saga, now);
    }
  }
  if (std::exchange(accept_in_doubt_, false) && !answered_before.empty()) {
    environment_.coverage.Hit(Sometimes::kRequestRereadAfterDoubt);
  }
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    answers_.insert(claimed.begin(), claimed.end());
    Store(std::move(steps), kServiceRelay, fate == CommitFate::kCommitted);
  }
  if (fate != CommitFate::kCommitted) {
    accept_in_doubt_ = true;
    return CommitError(fate);
  }
  return answered_before;
}

absl::StatusOr<std::map<OrderId, order::Order>> OrderNode::Get(std::span<const OrderId> order_ids) {
  std::map<OrderId, order::Order> found;
  for (const OrderId& id : order_ids) {
    if (const auto aggregate = aggregates_.find(id); aggregate != aggregates_.end()) {
      found.emplace(id, aggregate->second.order);
    }
  }
  return found;
}

absl::StatusOr<std::vector<order::Order>> OrderNode::List(const order::OrderFilter& /*filter*/) {
  return absl::UnimplementedError("no schedule lists orders");
}

absl::StatusOr<order::CancelledOrder> OrderNode::Cancel(const OrderId& order_id,
                                                        const RequestId& request_id,
                                                        const std::string& reason,
                                                        const std::string& traceparent) {
  const auto found = aggregates_.find(order_id);
  if (found == aggregates_.end()) {
    return order::OrderNotFound(order_id);
  }
  BeginTransaction();
  const saga::SagaInstance& saga = found->second.current.saga;
  const SagaCoverage::Before before(saga);
  const saga::EngineContext now = Now();
  ASSIGN_OR_RETURN(WorkflowStep step,
                   workflow_.Cancel(found->second, request_id, reason, traceparent, now));
  if (step.aggregate.current.saga != saga) {
    Observe(before, saga.saga_id, saga::CancelRequested{step.aggregate.current.saga.refusal}, now,
            step);
  }
  order::CancelledOrder answer{.order = step.aggregate.order};
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    std::vector<WorkflowStep> steps;
    steps.push_back(std::move(step));
    Store(std::move(steps), kServiceRelay, fate == CommitFate::kCommitted);
  }
  if (fate != CommitFate::kCommitted) {
    return CommitError(fate);
  }
  return answer;
}

absl::StatusOr<order::SagaAction> OrderNode::Repair(const OrderId& order_id,
                                                    const order::SagaActionRequest& request) {
  if (const auto stored = FindAction(request.request_id, order_id)) {
    environment_.coverage.Hit(Sometimes::kRepairRepeated);
    RETURN_IF_ERROR(order::CheckSameAction(*stored, request));
    return *stored;
  }
  BeginTransaction();
  const OrderAggregate& aggregate = aggregates_.at(order_id);
  const SagaId saga_id = aggregate.current.saga.saga_id;
  const SagaCoverage::Before before(aggregate.current.saga);
  const saga::EngineContext now = Now();
  ASSIGN_OR_RETURN(order::DecidedSagaAction decided,
                   order::DecideSagaAction(workflow_, aggregate, request, now));
  Observe(before, saga_id, order::EventOf(request), now, decided.step);
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    actions_.emplace(std::pair(request.request_id, order_id), decided.action);
    std::vector<WorkflowStep> steps;
    steps.push_back(std::move(decided.step));
    Store(std::move(steps), kOrchestratorRelay, fate == CommitFate::kCommitted);
  }
  if (fate != CommitFate::kCommitted) {
    return CommitError(fate);
  }
  return std::move(decided.action);
}

std::optional<order::SagaAction> OrderNode::FindAction(const RequestId& request_id,
                                                       const OrderId& order_id) const {
  const auto found = actions_.find({request_id, order_id});
  return found == actions_.end() ? std::nullopt : std::optional(found->second);
}

void OrderNode::PauseStep(const std::string& definition, const std::string& step) {
  SetPausedSteps({{{definition, step}, clock_.Now()}});
}

void OrderNode::SetPausedSteps(saga::PausedSteps steps) {
  for (const auto& [step, since] : *paused_steps_) {
    const Duration interval = saga::PausedStepInterval(clock_.Now() - since);
    longest_wait_for_resumed_ =
        std::max(longest_wait_for_resumed_, (interval - saga::kPausedStepIntervalMin) * 3 / 2);
  }
  workflow_.SetPausedSteps(steps);
  paused_steps_ = std::make_shared<const saga::PausedSteps>(std::move(steps));
}

std::optional<Timestamp> OrderNode::NextTimer() const {
  std::optional<Timestamp> earliest;
  for (const auto& [id, aggregate] : aggregates_) {
    if (const auto next = saga::NextActionAt(aggregate.current.saga);
        next && (!earliest || *next < *earliest)) {
      earliest = next;
    }
  }
  return earliest ? std::optional(clock_.TruthAt(*earliest)) : std::nullopt;
}

bool OrderNode::FireTimers(bool early) {
  std::map<OrderId, OrderAggregate> due;
  for (const auto& [id, aggregate] : aggregates_) {
    const auto next = saga::NextActionAt(aggregate.current.saga);
    if (next && (early || *next <= clock_.Now())) {
      due.emplace(id, aggregate);
      if (*next + kLate < clock_.Now()) {
        environment_.coverage.Hit(Sometimes::kTimerLate);
      }
    }
  }
  environment_.Trace("orchestrator: timers of {} sagas{}", due.size(), early ? ", early" : "");
  std::vector<std::pair<OrderId, SagaId>> sagas;
  for (const auto& [id, aggregate] : due) {
    sagas.emplace_back(id, aggregate.current.saga.saga_id);
  }
  BeginTransaction();
  order::WorkflowBatch batch(workflow_, std::move(due));
  for (const auto& [order_id, saga_id] : sagas) {
    Apply(batch, order_id, saga_id, saga::TimerFired{});
  }
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    Store(batch.TakeSteps(), kOrchestratorRelay, fate == CommitFate::kCommitted);
  }
  return !sagas.empty();
}

void OrderNode::CrashOrchestrator() {
  outbox_.Crash(kOrchestratorRelay);
  kept_[batches_ / kBatchesOfOneOrchestrator % kept_.size()] =
      std::make_unique<order::KeptAggregates>(kKeptMax);
  replies_.Rebalance();
}

Consumer::Store OrderNode::HandleReplies(std::span<const messaging::Record> records) {
  std::set<OrderId> distinct;
  std::vector<order::ReceivedReply> received;
  received.reserve(records.size());
  for (const messaging::Record& record : records) {
    auto reply = order::DecodeReply(record);
    INVARIANT(reply.ok(), "participants write well-formed replies");
    distinct.insert(reply->order_id);
    received.push_back(*std::move(reply));
  }
  BeginTransaction();
  order::KeptAggregates& kept = *kept_[batches_++ / kBatchesOfOneOrchestrator % kept_.size()];
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  order::WorkflowBatch batch(workflow_, Load(order_ids, kept));
  for (order::ReceivedReply& reply : received) {
    Apply(batch, reply.order_id, reply.saga_id, std::move(reply.event));
  }
  return [this, &kept, steps = batch.TakeSteps()](bool known) mutable {
    Store(std::move(steps), kOrchestratorRelay, known, known ? &kept : nullptr);
  };
}

std::map<OrderId, OrderAggregate> OrderNode::Load(std::span<const OrderId> order_ids,
                                                  order::KeptAggregates& kept) {
  const order::KeptAggregates::Sagas found = kept.Find(order_ids);
  order::KeptAggregates::Versions versions;
  for (const auto& [order_id, saga_id] : found) {
    const order::SagaRecord& stored = aggregates_.at(order_id).current;
    if (stored.saga.saga_id == saga_id) {  // else it has ended, and has another version
      versions.emplace(saga_id,
                       order::KeptAggregates::RowVersion{stored.version, stored.update_time});
    }
  }
  std::map<OrderId, OrderAggregate> loaded;
  for (OrderAggregate& aggregate : kept.Take(found, versions)) {
    environment_.coverage.Hit(Sometimes::kAggregateKept);
    if (!IsSame(aggregate, aggregates_.at(aggregate.order.order_id))) {
      environment_.Violate("an aggregate that was kept is not as it is stored");
    }
    OrderId id = aggregate.order.order_id;
    loaded.emplace(std::move(id), std::move(aggregate));
  }
  if (loaded.size() < found.size()) {
    environment_.coverage.Hit(Sometimes::kKeptAggregateStale);
  }
  for (const OrderId& id : order_ids) {
    if (const auto stored = aggregates_.find(id); stored != aggregates_.end()) {
      loaded.insert(*stored);  // unless it is there
    }
  }
  return loaded;
}

void OrderNode::Apply(order::WorkflowBatch& batch, const OrderId& order_id, const SagaId& saga_id,
                      const saga::Event& event) {
  const WorkflowStep* step = batch.Find(order_id);
  INVARIANT(step != nullptr, "only orders that exist are asked about");
  const saga::SagaInstance& saga = step->aggregate.current.saga;
  const bool is_current = saga.saga_id == saga_id;
  const SagaCoverage::Before before(saga);
  if (const auto* reply = std::get_if<saga::ReplyReceived>(&event)) {
    environment_.Trace("order {}: {}{} is answered {}", order_id.value(), reply->step,
                       reply->compensation ? " (undo)" : "",
                       kOutcomes[static_cast<size_t>(reply->outcome)]);
  }
  const saga::EngineContext now = Now();
  const auto applied = batch.Apply(order_id, saga_id, event, now);
  if (!applied.ok()) {
    environment_.Violate("an event of a known saga cannot be applied: " +
                         Message(applied.status()));
    return;
  }
  if (is_current) {
    Observe(before, saga_id, event, now, *step);
  }
}

// The saga may have ended in this step, and another one begun: then it is in `ended`, unless the
// event was a cancel of a saga that had ended before.
void OrderNode::Observe(const SagaCoverage::Before& before, const SagaId& saga_id,
                        const saga::Event& event, const saga::EngineContext& context,
                        const WorkflowStep& after) {
  const saga::SagaInstance& current = after.aggregate.current.saga;
  const bool has_begun = current.saga_id != saga_id;
  const bool has_ended = has_begun && !after.ended.empty();
  if (!has_begun || has_ended) {
    Report(environment_.coverage.sagas().Observe(before, event,
                                                 has_ended ? after.ended.back().saga : current));
    if (environment_.recorder != nullptr) {
      environment_.recorder->Tell(saga_id, context, event);
    }
  }
  if (has_begun) {
    ObserveStart(current, context);
  }
}

void OrderNode::ObserveStart(const saga::SagaInstance& saga, const saga::EngineContext& context) {
  Report(environment_.coverage.sagas().ObserveStart(saga));
  if (environment_.recorder != nullptr) {
    environment_.recorder->Start(saga, context);
  }
}

void OrderNode::BeginTransaction() {
  if (environment_.recorder != nullptr) {
    environment_.recorder->Begin();
  }
}

void OrderNode::Report(const std::string& impossible) {
  if (!impossible.empty()) {
    environment_.Violate("a transition that cannot be: " + impossible);
  }
}

void OrderNode::TraceStep(const OrderAggregate& aggregate) {
  if (!environment_.is_tracing()) {
    return;
  }
  const saga::SagaInstance& saga = aggregate.current.saga;
  std::string steps;
  for (const saga::StepInstance& step : saga.steps) {
    steps += " " + saga::ToString(step.state);
  }
  environment_.Trace("order {} is {}, {} {}:{}", aggregate.order.order_id.value(),
                     order::ToString(aggregate.order.state()), saga.definition,
                     saga::ToString(saga.state), steps);
}

void OrderNode::Store(std::vector<WorkflowStep> steps, size_t relay, bool known,
                      order::KeptAggregates* kept) {
  std::vector<outbox::OutboxMessage> messages;
  for (WorkflowStep& step : steps) {
    const OrderId id = step.aggregate.order.order_id;
    TraceStep(step.aggregate);
    INVARIANT(step.saga_changed || !step.order_changed,
              "the version of an order's saga tells of each change");
    std::move(step.messages.begin(), step.messages.end(), std::back_inserter(messages));
    OrderAggregate stored = order::AsStored(std::move(step), clock_.Now());
    if (kept != nullptr) {
      kept->Keep(stored);
    }
    aggregates_.insert_or_assign(id, std::move(stored));
  }
  if (environment_.recorder != nullptr) {
    environment_.recorder->Commit();
  }
  outbox_.Insert(std::move(messages), known ? std::optional(relay) : std::nullopt);
}

}  // namespace orderflow::simulation
