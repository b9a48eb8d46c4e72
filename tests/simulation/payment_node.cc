#include "tests/simulation/payment_node.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "libs/base/invariant.h"
#include "services/payment/messaging/payment_command_parser.h"
#include "services/payment/messaging/saga_replies.h"

namespace orderflow::simulation {
namespace {

using payment::CallOutcome;
using payment::ProviderCall;
using payment::Question;

constexpr double kRequestLost = 0.06;
constexpr double kRequestLate = 0.05;
constexpr double kAnswerLost = 0.06;
constexpr double kAsksBeforeWrite = 0.5;  // of batches of commands
constexpr double kAnswerTooLate = 0.2;    // to be written with its command
constexpr double kCrashBeforeWrite = 0.03;
constexpr Duration kHintTime =
    std::chrono::seconds(5);  // as HintResolverOptions::question_time_max

}  // namespace

PaymentNode::PaymentNode(Environment& environment, Broker& broker, ProviderNode& provider)
    : environment_(environment),
      clock_(environment.clock),
      provider_(provider),
      outbox_(environment, broker, "payment", 1),
      commands_(
          environment, broker, Topic::kPaymentCommands,
          [this](std::span<const messaging::Record> records) { return HandleCommands(records); },
          [this](std::span<const messaging::Record> records) { AskInVain(records); }) {}

std::chrono::steady_clock::time_point PaymentNode::SteadyNow() const {
  return std::chrono::steady_clock::time_point(environment_.clock.Now().time_since_epoch());
}

void PaymentNode::Call() {
  const ProviderCall call = TakeOne(calls_, environment_.random);
  std::optional<CallOutcome> outcome = Make(call);
  if (!outcome) {
    return;
  }
  const bool is_stored = payment::IsToBeStored(call, *outcome);
  if (call.ask_only) {
    environment_.coverage.Hit(is_stored ? Sometimes::kHintClosedOperation
                                        : Sometimes::kHintAnsweredNothing);
  }
  if (is_stored) {
    outcomes_.push_back(*std::move(outcome));
  }
}

// As ProviderCaller does it, one question after the other.
std::optional<CallOutcome> PaymentNode::Make(const ProviderCall& call) {
  if (payment::IsTooLate(call, SteadyNow())) {
    environment_.coverage.Hit(Sometimes::kProviderCallDropped);
    return std::nullopt;
  }
  Question question = payment::FirstQuestion(call);
  if (call.ask_first) {
    environment_.coverage.Hit(Sometimes::kProviderAskedByKey);
  }
  auto answer = Exchange(call, question);
  if (const auto next = payment::NextQuestion(call, question, answer)) {
    question = *next;
    answer = Exchange(call, question);
  }
  return payment::Judge(call, question, answer);
}

// As HintResolver does it: the operation, if it is still open, is asked about, whoever has it.
void PaymentNode::ReceiveWebhook() {
  const auto key = payment::ParseIdempotencyKey(provider_.TakeWebhook());
  if (!key) {
    return;  // as WebhookReceiver: no key of ours
  }
  const auto payment = payments_.find(key->order_id);
  const payment::Operation* operation =
      payment == payments_.end() ? nullptr : payment::FindOperation(payment->second, key->kind);
  environment_.Trace("payment: webhook about {} of {}", payment::ToString(key->kind),
                     key->order_id.value());
  if (operation == nullptr || !payment::IsOpen(operation->state)) {
    environment_.coverage.Hit(Sometimes::kHintTooLate);
    return;
  }
  ProviderCall call = payment::MakeCall(payment->second, *operation, /*ask_first=*/false);
  call.ask_only = true;
  call.start_before = SteadyNow() + kHintTime;
  calls_.push_back(std::move(call));
}

absl::StatusOr<payment::ProviderAnswer> PaymentNode::Exchange(const ProviderCall& call,
                                                              Question question) {
  if (environment_.Fault(Sometimes::kProviderRequestLost, kRequestLost)) {
    environment_.Trace("payment: request {} lost", call.idempotency_key);
    return absl::UnavailableError("the request was lost");
  }
  const bool sends = question == Question::kSend;
  if (sends && environment_.Fault(Sometimes::kProviderRequestLate, kRequestLate)) {
    late_.push_back(call);
    environment_.Trace("payment: request {} is late", call.idempotency_key);
    return absl::DeadlineExceededError("no answer in time");
  }
  auto answer = sends ? provider_.Send(call) : provider_.Find(call);
  if (environment_.Fault(Sometimes::kProviderAnswerLost, kAnswerLost)) {
    environment_.Trace("payment: answer to {} lost", call.idempotency_key);
    return absl::DeadlineExceededError("no answer in time");
  }
  return answer;
}

void PaymentNode::DeliverLate() {
  const ProviderCall call = TakeOne(late_, environment_.random);
  environment_.coverage.Hit(provider_.Find(call).ok() ? Sometimes::kProviderLateRequestRepeated
                                                      : Sometimes::kProviderLateSuccess);
  environment_.Trace("provider: late request {}", call.idempotency_key);
  provider_.Send(call).status().IgnoreError();  // nobody waits for the answer
}

void PaymentNode::StoreOutcomes() {
  std::set<OrderId> distinct;
  for (const CallOutcome& outcome : outcomes_) {
    distinct.insert(outcome.order_id);
  }
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  payment::PaymentBatch batch = Load(order_ids);
  for (const CallOutcome& outcome : outcomes_) {
    batch.Apply(outcome, environment_.random.Unit());
  }
  const CommitFate fate = environment_.DrawCommit();
  environment_.Trace("payment: stores {} outcomes", outcomes_.size());
  if (!IsApplied(fate)) {
    return;  // the writer tries the same outcomes again
  }
  Save(std::move(batch), fate == CommitFate::kCommitted);
  if (fate == CommitFate::kCommitted) {
    outcomes_.clear();
  }
}

std::optional<Timestamp> PaymentNode::NextDue() const {
  std::optional<Timestamp> earliest;
  for (const auto& [key, time] : due_) {
    if (!earliest || time < *earliest) {
      earliest = time;
    }
  }
  return earliest ? std::optional(clock_.TruthAt(*earliest)) : std::nullopt;
}

void PaymentNode::ResolveDue() {
  const Timestamp now = clock_.Now();
  std::vector<ProviderCall> claimed;
  const CommitFate fate = environment_.DrawCommit();
  for (auto& [key, time] : due_) {
    if (time > now) {
      continue;
    }
    const payment::Payment& payment = payments_.at(key.first);
    claimed.push_back(payment::MakeCall(payment, *payment::FindOperation(payment, key.second),
                                        /*ask_first=*/true));
    claimed.back().start_before = SteadyNow() + policy_.call_lease / 2;
    if (IsApplied(fate)) {
      time = now + policy_.call_lease;
    }
  }
  if (fate == CommitFate::kCommitted) {
    environment_.Trace("payment: resolver claims {}", claimed.size());
    std::move(claimed.begin(), claimed.end(), std::back_inserter(calls_));
  }
}

void PaymentNode::Crash() {
  calls_.clear();
  outcomes_.clear();
  outbox_.Crash(0);
  commands_.Rebalance();
}

Consumer::Store PaymentNode::HandleCommands(std::span<const messaging::Record> records) {
  payment::PaymentBatch batch = Decide(records);
  if (environment_.random.Chance(kAsksBeforeWrite)) {
    AskBeforeWrite(batch);
    if (environment_.Fault(Sometimes::kPaymentCrashBeforeWrite, kCrashBeforeWrite)) {
      environment_.Trace("payment-service crashes with answers that it has not stored");
      Crash();
      return nullptr;
    }
  }
  return [this, batch = std::move(batch)](bool known) mutable { Save(std::move(batch), known); };
}

// As PaymentCommandHandler: what is answered in time becomes a part of the batch, what is not is
// under way when it is stored.
void PaymentNode::AskBeforeWrite(payment::PaymentBatch& batch) {
  for (ProviderCall& call : batch.TakeCalls(SteadyNow() + policy_.call_lease / 2)) {
    if (environment_.random.Chance(kAnswerTooLate)) {
      environment_.coverage.Hit(Sometimes::kAnswerTooLateForWrite);
      calls_.push_back(std::move(call));
    } else if (const std::optional<CallOutcome> outcome = Make(call)) {
      environment_.coverage.Hit(Sometimes::kAnsweredBeforeWrite);
      batch.Apply(*outcome, environment_.random.Unit());
    }
  }
}

void PaymentNode::AskInVain(std::span<const messaging::Record> records) {
  if (!environment_.random.Chance(kAsksBeforeWrite)) {
    return;
  }
  payment::PaymentBatch batch = Decide(records);
  for (ProviderCall& call : batch.TakeCalls(SteadyNow() + policy_.call_lease / 2)) {
    environment_.coverage.Hit(Sometimes::kAskedByZombie);
    environment_.Trace("payment: asks {} in vain", call.idempotency_key);
    calls_.push_back(std::move(call));  // for whenever it gets there
  }
}

payment::PaymentBatch PaymentNode::Decide(std::span<const messaging::Record> records) const {
  std::vector<payment::PaymentCommand> commands;
  std::vector<OrderId> order_ids;
  for (const messaging::Record& record : records) {
    auto command = payment::ParseCommand(record);
    INVARIANT(command.ok(), "the orchestrator writes well-formed commands");
    order_ids.push_back(command->order_id);
    commands.push_back(*std::move(command));
  }
  payment::PaymentBatch batch = Load(order_ids);
  for (const payment::PaymentCommand& command : commands) {
    batch.Apply(command);
  }
  return batch;
}

payment::PaymentBatch PaymentNode::Load(std::span<const OrderId> order_ids) const {
  payment::Payments stored;
  for (const OrderId& id : order_ids) {
    if (const auto found = payments_.find(id); found != payments_.end()) {
      stored.insert(*found);
    }
  }
  return {std::move(stored), policy_};
}

void PaymentNode::Save(payment::PaymentBatch batch, bool known) {
  if (known) {
    for (ProviderCall& call : batch.TakeCalls(SteadyNow() + policy_.call_lease / 2)) {
      calls_.push_back(std::move(call));
    }
  }
  for (payment::PaymentChange& change : batch.TakeChanges()) {
    SaveDue(change.after);
    if (environment_.is_tracing()) {
      environment_.Trace("payment of {} is {}", change.after.order_id.value(),
                         payment::ToString(change.after.state));
    }
    if (change.after.void_requested_by) {
      environment_.coverage.Hit(Sometimes::kVoidWaitedForAuthorization);
    }
    ++change.after.version;
    for (payment::Operation& operation : change.after.operations) {
      operation.next_action_in.reset();  // read when it is stored, never loaded
    }
    const OrderId id = change.after.order_id;
    payments_.insert_or_assign(id, std::move(change.after));
  }
  ledger_.insert(ledger_.end(), batch.transfers().begin(), batch.transfers().end());
  outbox_.Insert(payment::ToOutboxMessages(batch.replies(), environment_.ids),
                 known ? std::optional<size_t>(0) : std::nullopt);
}

void PaymentNode::SaveDue(const payment::Payment& payment) {
  for (const payment::Operation& operation : payment.operations) {
    const OperationKey key{payment.order_id, operation.kind};
    if (!payment::IsOpen(operation.state)) {
      due_.erase(key);
    } else if (operation.next_action_in) {
      due_[key] = clock_.Now() + *operation.next_action_in;
    }
  }
}

}  // namespace orderflow::simulation
