#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/simulation/inventory_node.h"
#include "tests/simulation/order_node.h"
#include "tests/simulation/payment_node.h"
#include "tests/simulation/provider_node.h"

namespace orderflow::simulation {

// One schedule: a handful of orders on few SKUs, and every service, scheduler decision and fault
// drawn from one seed. Run plays it with faults, then without until everything is at rest.
class World {
 public:
  World(uint64_t seed, Coverage& coverage, bool with_trace);

  // Every violation, one sentence each; empty: all promises were kept.
  std::vector<std::string> Run();

  const std::vector<std::string>& timeline() const { return environment_.timeline; }

 private:
  struct Client {
    order::CreateOrder request;
    bool wants_cancel = false;
    bool accepted = false;
    bool refused = false;
    bool cancel_answered = false;
    OrderId order_id{};
  };

  void MakeClients();
  void Step();
  void Create(Client& client);
  void Cancel(Client& client);
  void CrashOne();
  void LetTimePass();
  bool IsAtRest() const;
  std::optional<Timestamp> NextDue() const;
  void CoverOutcomes();

  Environment environment_;
  Broker broker_;
  OrderNode orders_;
  InventoryNode inventory_;
  ProviderNode provider_;
  PaymentNode payments_;
  std::vector<Client> clients_;
};

}  // namespace orderflow::simulation
