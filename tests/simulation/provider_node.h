#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/payment/domain/provider_call.h"
#include "services/payment_provider_simulator/domain/books.h"
#include "tests/simulation/environment.h"

namespace orderflow::simulation {

// The payment provider: books that nobody but it can change, kept across every crash of ours.
class ProviderNode {
 public:
  explicit ProviderNode(Environment& environment);

  absl::StatusOr<payment::ProviderAnswer> Send(const payment::ProviderCall& call);
  absl::StatusOr<payment::ProviderAnswer> Find(const payment::ProviderCall& call) const;

  // Webhooks on their way, as idempotency keys: they come in any order, twice, or not at all.
  bool HasWebhooks() const { return !webhooks_.empty(); }
  std::string TakeWebhook();

  // The customer's bank gives a hold back by itself; false: there is none.
  bool LapseHold();

  const payment_provider_simulator::Books::Operations& operations() const { return operations_; }
  const payment_provider_simulator::Books::Holds& holds() const { return holds_; }

 private:
  payment_provider_simulator::Books Load(
      const payment_provider_simulator::MerchantCall& call) const;

  void Store(const payment_provider_simulator::Hold& changed);
  void SendWebhook(const std::string& idempotency_key);

  Environment& environment_;
  const bool sends_webhooks_;
  payment_provider_simulator::Books::Operations operations_;
  payment_provider_simulator::Books::Holds holds_;
  std::vector<std::string> webhooks_;
};

}  // namespace orderflow::simulation
