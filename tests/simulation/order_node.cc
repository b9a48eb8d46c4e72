#include "tests/simulation/order_node.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "services/order/messaging/saga_reply_codec.h"
#include "services/order/sagas/workflow_batch.h"

namespace orderflow::simulation {
namespace {

using order::OrderAggregate;
using order::RequestKey;
using order::StoredAnswer;
using order::WorkflowStep;
using saga::StepState;

absl::Status CommitError(CommitFate fate) {
  return fate == CommitFate::kInDoubtApplied ? absl::UnknownError("commit in doubt")
                                             : absl::UnavailableError("the database is away");
}

std::optional<Sometimes> CoveredBy(StepState state) {
  switch (state) {
    case StepState::kUnknown:
      return Sometimes::kStepUnknown;
    case StepState::kSkipped:
      return Sometimes::kStepSkipped;
    case StepState::kRefused:
      return Sometimes::kStepRefused;
    case StepState::kCompensated:
      return Sometimes::kStepCompensated;
    case StepState::kDone:
      return Sometimes::kStepDone;
    default:
      return std::nullopt;
  }
}

}  // namespace

OrderNode::OrderNode(Environment& environment, Broker& broker)
    : environment_(environment),
      workflow_(environment.ids),
      outbox_(environment, broker, "order"),
      replies_(
          environment, broker, messaging::kOrderReplies,
          [this](std::span<const messaging::Record> records) { return HandleReplies(records); }) {}

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
      steps.push_back(workflow_.Start(*decision.answer, decision.traceparent, Now()));
    }
  }
  const CommitFate fate = environment_.DrawCommit();
  if (fate == CommitFate::kLost) {
    return CommitError(fate);
  }
  answers_.insert(claimed.begin(), claimed.end());
  Store(std::move(steps), fate == CommitFate::kCommitted);
  if (fate != CommitFate::kCommitted) {
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

absl::StatusOr<order::Order> OrderNode::Cancel(const OrderId& order_id, const RequestId& request_id,
                                               const std::string& reason,
                                               const std::string& traceparent) {
  const auto found = aggregates_.find(order_id);
  if (found == aggregates_.end()) {
    return order::OrderNotFound(order_id);
  }
  ASSIGN_OR_RETURN(WorkflowStep step,
                   workflow_.Cancel(found->second, request_id, reason, traceparent, Now()));
  order::Order answer = step.aggregate.order;
  const CommitFate fate = environment_.DrawCommit();
  if (fate == CommitFate::kLost) {
    return CommitError(fate);
  }
  std::vector<WorkflowStep> steps;
  steps.push_back(std::move(step));
  Store(std::move(steps), fate == CommitFate::kCommitted);
  if (fate != CommitFate::kCommitted) {
    return CommitError(fate);
  }
  return answer;
}

bool OrderNode::HasDueTimer() const {
  const auto next = NextTimer();
  return next && *next <= environment_.clock.Now();
}

std::optional<Timestamp> OrderNode::NextTimer() const {
  std::optional<Timestamp> earliest;
  for (const auto& [id, aggregate] : aggregates_) {
    if (const auto next = saga::NextActionAt(aggregate.current.saga);
        next && (!earliest || *next < *earliest)) {
      earliest = next;
    }
  }
  return earliest;
}

void OrderNode::FireTimers() {
  std::map<OrderId, OrderAggregate> due;
  for (const auto& [id, aggregate] : aggregates_) {
    if (const auto next = saga::NextActionAt(aggregate.current.saga);
        next && *next <= environment_.clock.Now()) {
      due.emplace(id, aggregate);
    }
  }
  order::WorkflowBatch batch(workflow_, std::map(due));
  for (const auto& [id, aggregate] : due) {
    const auto applied = batch.Apply(id, aggregate.current.saga.saga_id, saga::TimerFired{}, Now());
    INVARIANT(applied.ok(), "a timer of a known saga can always be applied");
  }
  environment_.Trace("orchestrator: timers of {} sagas", due.size());
  const CommitFate fate = environment_.DrawCommit();
  if (fate != CommitFate::kLost) {
    Store(batch.TakeSteps(), fate == CommitFate::kCommitted);
  }
}

Consumer::Store OrderNode::HandleReplies(std::span<const messaging::Record> records) {
  std::map<OrderId, OrderAggregate> locked;
  std::vector<order::ReceivedReply> received;
  for (const messaging::Record& record : records) {
    auto reply = order::DecodeReply(record);
    INVARIANT(reply.ok(), "participants write well-formed replies");
    if (const auto found = aggregates_.find(reply->order_id); found != aggregates_.end()) {
      locked.insert(*found);
    }
    received.push_back(*std::move(reply));
  }
  order::WorkflowBatch batch(workflow_, std::move(locked));
  for (const order::ReceivedReply& reply : received) {
    const auto applied = batch.Apply(reply.order_id, reply.saga_id, reply.event, Now());
    INVARIANT(applied.ok(), "a reply can always be applied to its saga");
  }
  return [this, steps = batch.TakeSteps()](bool known) { Store(steps, known); };
}

void OrderNode::Store(std::vector<WorkflowStep> steps, bool known) {
  std::vector<outbox::OutboxMessage> messages;
  for (WorkflowStep& step : steps) {
    const OrderId id = step.aggregate.order.order_id;
    const auto before = aggregates_.find(id);
    for (const order::SagaRecord& ended : step.ended) {
      Cover(before == aggregates_.end() ? nullptr : &before->second.current.saga, ended.saga);
    }
    const bool same_saga =
        before != aggregates_.end() && step.ended.empty() &&
        before->second.current.saga.saga_id == step.aggregate.current.saga.saga_id;
    Cover(same_saga ? &before->second.current.saga : nullptr, step.aggregate.current.saga);
    ++step.aggregate.current.version;
    std::move(step.messages.begin(), step.messages.end(), std::back_inserter(messages));
    aggregates_.insert_or_assign(id, std::move(step.aggregate));
  }
  outbox_.Insert(std::move(messages), known);
}

void OrderNode::Cover(const saga::SagaInstance* before, const saga::SagaInstance& after) {
  Coverage& coverage = environment_.coverage;
  for (size_t i = 0; i < after.steps.size(); ++i) {
    const saga::StepInstance& step = after.steps[i];
    const StepState was = before == nullptr ? StepState::kPending : before->steps[i].state;
    if (const auto covered = CoveredBy(step.state); covered && step.state != was) {
      coverage.Hit(*covered);
    }
    if (before != nullptr && step.state == was && step.attempts > before->steps[i].attempts) {
      coverage.Hit(Sometimes::kStepAskedAgain);
    }
  }
  if (before == nullptr || before->state != after.state) {
    environment_.Trace("saga {} of {}: {}", after.definition, after.order_id.value(),
                       saga::ToString(after.state));
    if (after.state == saga::SagaState::kCompleted) {
      coverage.Hit(Sometimes::kSagaCompleted);
    } else if (after.state == saga::SagaState::kCompensated) {
      coverage.Hit(Sometimes::kSagaCompensated);
    }
  }
}

}  // namespace orderflow::simulation
