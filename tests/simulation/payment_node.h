#pragma once

#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "services/payment/domain/payment_batch.h"
#include "tests/simulation/consumer.h"
#include "tests/simulation/outbox_table.h"
#include "tests/simulation/provider_node.h"

namespace orderflow::simulation {

// payment-service with its database: production decisions, judgement of answers and codecs on maps;
// calls to the provider go over a network that loses and delays. As chance has it, the calls of a
// batch of commands are made before it is stored, or behind it, or some of them.
class PaymentNode {
 public:
  PaymentNode(Environment& environment, Broker& broker, ProviderNode& provider);

  bool HasCalls() const { return !calls_.empty(); }
  // Makes one of the calls that wait, with whatever the network does to it.
  void Call();
  bool HasLateRequests() const { return !late_.empty(); }
  // A request that was given up reaches the provider after all.
  void DeliverLate();
  bool HasOutcomes() const { return !outcomes_.empty(); }
  void StoreOutcomes();
  void ReceiveWebhook();

  // The resolver: when it has something to do next, by the true time.
  std::optional<Timestamp> NextDue() const;
  void ResolveDue();

  void Crash();
  void SetClockSkew(Duration skew) { clock_.SetSkew(skew); }

  Consumer& commands() { return commands_; }
  OutboxTable& outbox() { return outbox_; }
  const OutboxTable& outbox() const { return outbox_; }
  const payment::Payments& payments() const { return payments_; }
  const std::vector<payment::LedgerTransfer>& ledger() const { return ledger_; }

 private:
  using OperationKey = std::pair<OrderId, payment::OperationKind>;

  Consumer::Store HandleCommands(std::span<const messaging::Record> records);
  // A paused or fenced member has asked the provider before it knows.
  void AskInVain(std::span<const messaging::Record> records);
  payment::PaymentBatch Decide(std::span<const messaging::Record> records) const;
  void AskBeforeWrite(payment::PaymentBatch& batch);
  // Nothing: it was too late to make the call.
  std::optional<payment::CallOutcome> Make(const payment::ProviderCall& call);
  payment::PaymentBatch Load(std::span<const OrderId> order_ids) const;
  void Save(payment::PaymentBatch batch, bool known);
  void SaveDue(const payment::Payment& payment);
  std::chrono::steady_clock::time_point SteadyNow() const;
  absl::StatusOr<payment::ProviderAnswer> Exchange(const payment::ProviderCall& call,
                                                   payment::Question question);

  Environment& environment_;
  SkewedClock clock_;  // the database's
  ProviderNode& provider_;
  const payment::DecisionPolicy policy_;
  payment::Payments payments_;
  std::map<OperationKey, Timestamp> due_;  // next_action_time of open operations
  std::vector<payment::LedgerTransfer> ledger_;
  OutboxTable outbox_;
  Consumer commands_;
  // In memory, gone with the process.
  std::vector<payment::ProviderCall> calls_;
  std::vector<payment::CallOutcome> outcomes_;
  // On the wire: nobody of ours can take it back.
  std::vector<payment::ProviderCall> late_;
};

}  // namespace orderflow::simulation
