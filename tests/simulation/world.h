#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "tests/simulation/inventory_node.h"
#include "tests/simulation/notification_node.h"
#include "tests/simulation/order_node.h"
#include "tests/simulation/payment_node.h"
#include "tests/simulation/provider_node.h"
#include "tests/simulation/repair_desk.h"

namespace orderflow::simulation {

// One schedule: a handful of orders on few SKUs, and every service, scheduler decision and fault
// drawn from one seed. Run plays it with faults, then without until everything is at rest. Some
// schedules are calm: without any fault from the beginning, so that nothing may wait for a time-out
// to be repaired.
class World {
 public:
  // From then on a break of an invariant names this schedule's seed.
  World(const Schedule& schedule, Coverage& coverage, Timeline timeline = nullptr);

  // Before Run: writes down there what sagas are told.
  void Record(SagaRecorder& recorder) { environment_.recorder = &recorder; }

  // Every violation, one sentence each; empty: all promises were kept.
  std::vector<std::string> Run();

  // Virtual time from the last fault until everything was at rest.
  Duration time_to_rest() const { return time_to_rest_; }

 private:
  struct Client {
    order::CreateOrder request;
    bool wants_cancel = false;
    bool accepted = false;
    bool refused = false;
    bool cancel_accepted = false;
    bool cancel_refused = false;
    OrderId order_id{};

    bool wants_to_cancel() const { return wants_cancel && !cancel_accepted && !cancel_refused; }
  };
  using Action = void (World::*)(size_t);
  struct Choice {
    Action action;
    size_t index;
  };

  void MakeClients();
  void PlayFaults();
  void ComeToRest(bool is_calm);
  void CheckAnswers();
  void CheckAnswer(const Client& client, const order::Order& order);

  // One of the things that can happen now, or time passes.
  void Step();
  void Offer(bool can, Action action, size_t index = 0) {
    if (can) {
      choices_.push_back({action, index});
    }
  }
  void OfferClients();
  void OfferMessages(double chance);
  void OfferProvider();
  void OfferTimers();

  // Actions
  void Create(size_t client);
  void Cancel(size_t client);
  void Poll(size_t consumer) { consumers_[consumer]->Poll(); }
  void WakeZombie(size_t consumer) { consumers_[consumer]->WakeZombie(); }
  void Relay(size_t relay) { relays_[relay].outbox->Work(relays_[relay].number); }
  void Sweep(size_t outbox) { outboxes_[outbox]->Sweep(); }
  void CallProvider(size_t) { payments_.Call(); }
  void DeliverLate(size_t) { payments_.DeliverLate(); }
  void StoreOutcomes(size_t) { payments_.StoreOutcomes(); }
  void ReceiveWebhook(size_t) { payments_.ReceiveWebhook(); }
  void ResolveDue(size_t) { payments_.ResolveDue(); }
  void FireTimers(size_t) { orders_.FireTimers(/*early=*/false); }
  void ExpireReservations(size_t) { inventory_.ExpireOverdue(); }
  void AddStock(size_t) { inventory_.AddStock(); }
  void DeliverMails(size_t) { notifications_.Deliver(); }
  void ReleaseHold(size_t) { desk_.ReleaseOne(); }
  void ResumeSteps(size_t) { desk_.ResumeSteps(); }

  void LetTimePass();

  // Faults; true: it has met something.
  void DrawFaults();
  bool CrashOrderService();
  bool CrashOrchestrator();
  bool CrashInventory();
  bool CrashPayment();
  bool CrashNotification();
  bool PauseReader();
  bool Rebalance();
  bool SkewClock();
  bool FireTimersEarly();
  bool LapseHold();
  bool Repair();
  void LetSomethingHappen();
  bool SufferLongOutage();

  bool IsAtRest() const;
  bool AreOrdersAtRest() const;
  std::optional<Timestamp> NextDue() const;
  void CoverOutcomes();

  struct RelayRef {
    OutboxTable* outbox;
    size_t number;
  };

  Environment environment_;
  Broker broker_;
  OrderNode orders_;
  InventoryNode inventory_;
  ProviderNode provider_;
  PaymentNode payments_;
  NotificationNode notifications_;
  RepairDesk desk_;
  const std::array<Consumer*, 4> consumers_;
  const std::array<OutboxTable*, 3> outboxes_;
  const std::array<RelayRef, 4> relays_;
  std::vector<Client> clients_;
  std::vector<Choice> choices_;  // of the step under way
  double eagerness_ = 1;  // chance of each consumer and relay to be among the choices of a step
  Duration time_to_rest_{0};
};

}  // namespace orderflow::simulation
