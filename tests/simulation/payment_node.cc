#include "tests/simulation/payment_node.h"

#include <set>

#include "libs/base/invariant.h"
#include "libs/messaging/topics.h"
#include "services/payment/messaging/payment_command_parser.h"
#include "services/payment/messaging/saga_replies.h"

namespace orderflow::simulation {
namespace {

using payment::CallOutcome;
using payment::ProviderCall;

constexpr double kRequestLost = 0.06;
constexpr double kRequestLate = 0.05;
constexpr double kAnswerLost = 0.06;

template <class T>
T TakeOne(std::vector<T>& from, Random& random) {
  const size_t index = random.Below(from.size());
  T taken = std::move(from[index]);
  from.erase(from.begin() + static_cast<std::ptrdiff_t>(index));
  return taken;
}

}  // namespace

PaymentNode::PaymentNode(Environment& environment, Broker& broker, ProviderNode& provider)
    : environment_(environment),
      provider_(provider),
      outbox_(environment, broker, "payment"),
      commands_(
          environment, broker, messaging::kPaymentCommands,
          [this](std::span<const messaging::Record> records) { return HandleCommands(records); }) {}

// As ProviderCaller does it: an operation that may have been carried out is looked up first, and
// sent again only when the provider has never booked it.
void PaymentNode::Call() {
  const ProviderCall call = TakeOne(calls_, environment_.random);
  if (call.ask_first) {
    environment_.coverage.Hit(Sometimes::kProviderAskedByKey);
    const auto found = Exchange(call, /*ask=*/true);
    if (!absl::IsNotFound(found.status())) {
      outcomes_.push_back(payment::Judge(call, 0, found));
      return;
    }
  }
  outcomes_.push_back(payment::Judge(call, 1, Exchange(call, /*ask=*/false)));
}

absl::StatusOr<payment::ProviderAnswer> PaymentNode::Exchange(const ProviderCall& call, bool ask) {
  if (environment_.Fault(kRequestLost)) {
    environment_.coverage.Hit(Sometimes::kProviderRequestLost);
    environment_.Trace("payment: request {} lost", call.idempotency_key);
    return absl::UnavailableError("the request was lost");
  }
  if (!ask && environment_.Fault(kRequestLate)) {
    late_.push_back(call);
    environment_.Trace("payment: request {} is late", call.idempotency_key);
    return absl::DeadlineExceededError("no answer in time");
  }
  auto answer = ask ? provider_.Find(call) : provider_.Send(call);
  if (environment_.Fault(kAnswerLost)) {
    environment_.coverage.Hit(Sometimes::kProviderAnswerLost);
    environment_.Trace("payment: answer to {} lost", call.idempotency_key);
    return absl::DeadlineExceededError("no answer in time");
  }
  return answer;
}

void PaymentNode::DeliverLate() {
  const ProviderCall call = TakeOne(late_, environment_.random);
  environment_.coverage.Hit(Sometimes::kProviderRequestLate);
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
  if (fate == CommitFate::kLost) {
    return;  // the writer tries the same outcomes again
  }
  Save(batch, fate == CommitFate::kCommitted);
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
  return earliest;
}

void PaymentNode::ResolveDue() {
  const Timestamp now = environment_.clock.Now();
  std::vector<ProviderCall> claimed;
  std::map<OperationKey, Timestamp> leased = due_;
  for (auto& [key, time] : leased) {
    if (time <= now) {
      const payment::Payment& payment = payments_.at(key.first);
      claimed.push_back(payment::MakeCall(payment, *payment::FindOperation(payment, key.second),
                                          /*ask_first=*/true));
      time = now + policy_.call_lease;
    }
  }
  const CommitFate fate = environment_.DrawCommit();
  if (fate != CommitFate::kLost) {
    due_ = std::move(leased);
  }
  if (fate == CommitFate::kCommitted) {
    environment_.Trace("payment: resolver claims {}", claimed.size());
    calls_.insert(calls_.end(), claimed.begin(), claimed.end());
  }
}

void PaymentNode::Crash() {
  calls_.clear();
  outcomes_.clear();
  outbox_.Crash();
}

Consumer::Store PaymentNode::HandleCommands(std::span<const messaging::Record> records) {
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
  return [this, batch = std::move(batch)](bool known) { Save(batch, known); };
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

void PaymentNode::Save(const payment::PaymentBatch& batch, bool known) {
  for (payment::PaymentChange& change : batch.Changes()) {
    SaveDue(change.after);
    ++change.after.version;
    for (payment::Operation& operation : change.after.operations) {
      operation.next_action_in.reset();  // read when it is stored, never loaded
    }
    const OrderId id = change.after.order_id;
    payments_.insert_or_assign(id, std::move(change.after));
  }
  ledger_.insert(ledger_.end(), batch.transfers().begin(), batch.transfers().end());
  outbox_.Insert(payment::ToOutboxMessages(batch.replies(), environment_.ids), known);
  if (known) {
    for (ProviderCall& call : batch.Calls(std::chrono::steady_clock::time_point::max())) {
      calls_.push_back(std::move(call));
    }
  }
}

void PaymentNode::SaveDue(const payment::Payment& payment) {
  for (const payment::Operation& operation : payment.operations) {
    const OperationKey key{payment.order_id, operation.kind};
    if (!payment::IsOpen(operation.state)) {
      due_.erase(key);
    } else if (operation.next_action_in) {
      due_[key] = environment_.clock.Now() + *operation.next_action_in;
    }
  }
}

}  // namespace orderflow::simulation
