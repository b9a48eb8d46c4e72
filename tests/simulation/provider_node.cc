#include "tests/simulation/provider_node.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "services/payment_provider_simulator/domain/magic_token.h"

namespace orderflow::simulation {
namespace {

namespace provider = payment_provider_simulator;

constexpr double kWebhooksSent = 0.25;  // of schedules
constexpr double kWebhookLost = 0.15;
constexpr double kWebhookSentTwice = 0.15;

provider::OperationKind KindOf(payment::OperationKind kind) {
  switch (kind) {
    case payment::OperationKind::kAuthorize:
      return provider::OperationKind::kAuthorize;
    case payment::OperationKind::kCapture:
      return provider::OperationKind::kCapture;
    case payment::OperationKind::kVoid:
      return provider::OperationKind::kVoid;
    case payment::OperationKind::kRefund:
      break;
  }
  return provider::OperationKind::kRefund;
}

payment::ProviderAnswer AnswerOf(const provider::Operation& operation) {
  return {.reference = operation.reference,
          .succeeded = operation.succeeded,
          .decline_code = operation.decline_code,
          .amount = operation.amount};
}

}  // namespace

ProviderNode::ProviderNode(Environment& environment)
    : environment_(environment),
      sends_webhooks_(environment.Fault(Sometimes::kWebhooksSent, kWebhooksSent)) {}

absl::StatusOr<payment::ProviderAnswer> ProviderNode::Send(const payment::ProviderCall& call) {
  const provider::MerchantCall merchant_call{
      .idempotency_key = call.idempotency_key,
      .payment_reference = call.order_id.value(),
      .kind = KindOf(call.kind),
      .amount = call.kind == payment::OperationKind::kAuthorize ? call.amount : Money{},
      .payment_method_token = call.payment_method_token,
      .customer_reference = call.customer_id.value()};
  provider::Books books = Load(merchant_call);
  const std::string decline = merchant_call.kind == provider::OperationKind::kAuthorize
                                  ? provider::BehaviourOf(books.TokenOf(merchant_call)).decline_code
                                  : "";
  ASSIGN_OR_RETURN(
      const provider::Operation operation,
      books.Book(merchant_call, decline, environment_.ids.NewId(), environment_.clock.Now()));
  const auto changes = books.TakeChanges();
  for (const provider::Operation& booked : changes.operations) {
    operations_.emplace(booked.idempotency_key, booked);
    if (sends_webhooks_) {
      SendWebhook(booked.idempotency_key);
    }
  }
  for (const provider::Hold& hold : changes.new_holds) {
    holds_[hold.payment_reference].push_back(hold);
  }
  for (const auto& change : changes.changed_holds) {
    Store(change.after);
  }
  environment_.Trace("provider: books {}", operation.idempotency_key);
  return AnswerOf(operation);
}

void ProviderNode::Store(const provider::Hold& changed) {
  for (provider::Hold& hold : holds_.at(changed.payment_reference)) {
    if (hold.reference == changed.reference) {
      hold = changed;
    }
  }
}

// What the call may touch, as the provider's database would give it.
provider::Books ProviderNode::Load(const provider::MerchantCall& call) const {
  provider::Books::Operations operations;
  if (const auto found = operations_.find(call.idempotency_key); found != operations_.end()) {
    operations.insert(*found);
  }
  provider::Books::Holds holds;
  if (const auto found = holds_.find(call.payment_reference); found != holds_.end()) {
    holds.insert(*found);
  }
  return {std::move(operations), std::move(holds)};
}

absl::StatusOr<payment::ProviderAnswer> ProviderNode::Find(
    const payment::ProviderCall& call) const {
  const auto found = operations_.find(call.idempotency_key);
  if (found == operations_.end()) {
    return absl::NotFoundError("never booked");
  }
  return AnswerOf(found->second);
}

void ProviderNode::SendWebhook(const std::string& idempotency_key) {
  if (environment_.Fault(Sometimes::kWebhookLost, kWebhookLost)) {
    return;
  }
  webhooks_.push_back(idempotency_key);
  if (environment_.Fault(Sometimes::kWebhookSentTwice, kWebhookSentTwice)) {
    webhooks_.push_back(idempotency_key);
  }
}

std::string ProviderNode::TakeWebhook() { return TakeOne(webhooks_, environment_.random); }

bool ProviderNode::LapseHold() {
  for (auto& [payment_reference, holds] : holds_) {
    for (provider::Hold& hold : holds) {
      if (hold.state == provider::HoldState::kHeld) {
        environment_.Trace("provider: a hold of {} lapses", payment_reference);
        hold.state = provider::HoldState::kLapsed;
        return true;
      }
    }
  }
  return false;
}

}  // namespace orderflow::simulation
