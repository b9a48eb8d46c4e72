#pragma once

#include <map>
#include <string>

#include "services/payment/domain/provider_call.h"
#include "services/payment_provider_simulator/domain/books.h"
#include "tests/simulation/environment.h"

namespace orderflow::simulation {

// The payment provider: books that nobody but it can change, kept across every crash of ours.
class ProviderNode {
 public:
  explicit ProviderNode(Environment& environment) : environment_(environment) {}

  absl::StatusOr<payment::ProviderAnswer> Send(const payment::ProviderCall& call);
  absl::StatusOr<payment::ProviderAnswer> Find(const payment::ProviderCall& call) const;

  // The customer's bank gives a hold back by itself; nothing when there is none.
  void LapseHold();

  const payment_provider_simulator::Books::Operations& operations() const { return operations_; }
  const payment_provider_simulator::Books::Holds& holds() const { return holds_; }

 private:
  payment_provider_simulator::Books Load(
      const payment_provider_simulator::MerchantCall& call) const;

  Environment& environment_;
  payment_provider_simulator::Books::Operations operations_;
  payment_provider_simulator::Books::Holds holds_;
};

}  // namespace orderflow::simulation
