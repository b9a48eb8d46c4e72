#include "services/payment/domain/payment_batch.h"

#include <algorithm>
#include <set>
#include <utility>

#include "libs/base/planted_bug.h"
#include "services/payment/domain/repair_decisions.h"

namespace orderflow::payment {

void PaymentBatch::Apply(const PaymentCommand& command) {
  const auto found = current_.find(command.order_id);
  std::optional<Payment> payment;
  if (found != current_.end()) {
    payment = std::move(found->second);
  }
  Reaction reaction = OnCommand(payment, command, policy_);
  if (payment.has_value()) {
    current_.insert_or_assign(command.order_id, *std::move(payment));
  }
  Collect(command.order_id, std::move(reaction));
}

void PaymentBatch::Apply(const CallOutcome& outcome, double random01) {
  const auto found = current_.find(outcome.order_id);
  if (found != current_.end() &&
      (!IsPlanted(PlantedBug::kAnswerBeforeWriteIgnored) || stored_.contains(outcome.order_id))) {
    Collect(outcome.order_id, OnOutcome(found->second, outcome, policy_, random01));
  }
}

std::optional<std::string> PaymentBatch::Apply(const Difference& difference, double random01) {
  const OrderId order_id(difference.payment_reference);
  const auto stored = stored_.find(order_id);
  const int64_t version = stored == stored_.end() ? 0 : stored->second.version;
  const bool changed = std::find(changed_.begin(), changed_.end(), order_id) != changed_.end();
  if (difference.remedy == Remedy::kPark || changed ||
      (version != difference.payment_version && !IsPlanted(PlantedBug::kStaleDifferenceRepaired))) {
    return std::nullopt;
  }
  std::optional<Payment> payment;
  if (const auto found = current_.find(order_id); found != current_.end()) {
    payment = found->second;
  }
  const std::optional<Payment> before = payment;
  Reaction reaction = OnDifference(payment, difference, policy_, random01);
  std::string effects = DescribeEffects(before, payment, order_id, reaction);
  if (payment.has_value()) {
    current_.insert_or_assign(order_id, *std::move(payment));
  }
  Collect(order_id, std::move(reaction));
  return effects;
}

void PaymentBatch::Collect(const OrderId& order_id, Reaction reaction) {
  if (reaction.changed) {
    changed_.push_back(order_id);
  }
  if (reaction.started.has_value()) {
    started_.emplace_back(order_id, *reaction.started);
  }
  if (reaction.repeated.has_value()) {
    repeated_.emplace_back(order_id, *reaction.repeated);
  }
  if (reaction.transfer.has_value()) {
    transfers_.push_back(*std::move(reaction.transfer));
  }
  for (StepReply& reply : reaction.replies) {
    if (WantsReply(reply.step)) {
      replies_.push_back(std::move(reply));
    }
  }
}

// Sorted by order id, which makes two batches that meet lock their rows in the same order often but
// not always: the store inserts before it updates, and an UPDATE that joins locks rows as its plan
// finds them. When they deadlock, one is aborted and runs again, as it does when a version differs.
std::vector<PaymentChange> PaymentBatch::TakeChanges() {
  std::vector<PaymentChange> changes;
  for (const OrderId& order_id : std::set<OrderId>(changed_.begin(), changed_.end())) {
    PaymentChange change;
    if (const auto before = stored_.find(order_id); before != stored_.end()) {
      change.before = std::move(before->second);
    }
    change.after = std::move(current_.at(order_id));
    changes.push_back(std::move(change));
  }
  return changes;
}

const Operation& PaymentBatch::Current(const std::pair<OrderId, OperationKind>& operation) const {
  return *FindOperation(current_.at(operation.first), operation.second);
}

std::vector<ProviderCall> PaymentBatch::TakeCalls(
    std::chrono::steady_clock::time_point start_before) {
  std::vector<ProviderCall> calls;
  calls.reserve(started_.size() - taken_ + repeated_.size());
  const auto add = [&](const std::pair<OrderId, OperationKind>& operation, bool ask_first) {
    calls.push_back(MakeCall(current_.at(operation.first), Current(operation), ask_first));
    calls.back().start_before = start_before;
  };
  for (; taken_ < started_.size(); ++taken_) {
    if (IsOpen(Current(started_[taken_]).state)) {
      add(started_[taken_], /*ask_first=*/false);
    }
  }
  for (const auto& operation : std::exchange(repeated_, {})) {
    add(operation, /*ask_first=*/true);
  }
  return calls;
}

PaymentBatch::Started PaymentBatch::CountStarted() const {
  Started count;
  for (const auto& operation : started_) {
    ++(IsOpen(Current(operation).state) ? count.open : count.answered);
  }
  return count;
}

}  // namespace orderflow::payment
