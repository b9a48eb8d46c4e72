// The half of world.h that does the damage, and that moves time.
#include <algorithm>

#include "tests/simulation/world.h"

namespace orderflow::simulation {
namespace {

// When time passes
constexpr double kClockLeap = 0.08;

constexpr Duration kLeap = std::chrono::minutes(1);
constexpr Duration kIdle = std::chrono::milliseconds(100);
constexpr int64_t kSkewMaxMs = 20'000;
constexpr size_t kMeanwhileMax = 4;    // steps between a proof and what rests on it
constexpr int kOutageTimersMax = 150;  // more than any step has attempts

}  // namespace

// At most one fault per step, and one draw for all of them: most steps have none. It counts when it
// has met something.
void World::DrawFaults() {
  static constexpr struct {
    Sometimes fault;
    size_t weight;  // of kDraws
    bool (World::*suffer)();
  } kStepFaults[] = {
      {Sometimes::kOrderServiceCrash, 500, &World::CrashOrderService},
      {Sometimes::kOrchestratorCrash, 500, &World::CrashOrchestrator},
      {Sometimes::kInventoryCrash, 500, &World::CrashInventory},
      {Sometimes::kPaymentCrash, 500, &World::CrashPayment},
      {Sometimes::kNotificationCrash, 200, &World::CrashNotification},
      {Sometimes::kReaderPaused, 1200, &World::PauseReader},
      {Sometimes::kRebalance, 900, &World::Rebalance},
      {Sometimes::kClockSkew, 500, &World::SkewClock},
      {Sometimes::kTimerEarly, 1000, &World::FireTimersEarly},
      {Sometimes::kProviderHoldLapsed, 200, &World::LapseHold},
      {Sometimes::kRepair, 1000, &World::Repair},
      {Sometimes::kLongOutage, 3, &World::SufferLongOutage},
  };
  constexpr size_t kDraws = 100'000;
  size_t draw = environment_.random.Below(kDraws);
  for (const auto& [fault, weight, suffer] : kStepFaults) {
    if (draw < weight) {
      if (environment_.Allows(fault) && (this->*suffer)()) {
        environment_.coverage.Hit(fault);
      }
      return;
    }
    draw -= weight;
  }
}

bool World::CrashOrderService() {
  environment_.Trace("order-service crashes");
  orders_.CrashService();
  return true;
}

bool World::CrashOrchestrator() {
  environment_.Trace("orchestrator crashes");
  orders_.CrashOrchestrator();
  return true;
}

bool World::CrashInventory() {
  environment_.Trace("inventory-service crashes");
  inventory_.Crash();
  return true;
}

bool World::CrashPayment() {
  environment_.Trace("payment-service crashes");
  payments_.Crash();
  return true;
}

bool World::CrashNotification() {
  environment_.Trace("notification-service crashes");
  notifications_.Crash();
  return true;
}

bool World::PauseReader() {
  return consumers_[environment_.random.Below(consumers_.size())]->Pause();
}

bool World::Rebalance() {
  consumers_[environment_.random.Below(consumers_.size())]->Rebalance();
  return true;
}

// A failover brings another server's clock, before or behind the old one.
bool World::SkewClock() {
  Random& random = environment_.random;
  const Duration skew =
      std::chrono::milliseconds(static_cast<int64_t>(random.Below(2 * kSkewMaxMs)) - kSkewMaxMs);
  environment_.Trace("a database's clock is off by {} ms", skew.count() / 1000);
  switch (random.Below(4)) {
    case 0:
      orders_.SetClockSkew(skew);
      break;
    case 1:
      payments_.SetClockSkew(skew);
      break;
    case 2:
      notifications_.SetClockSkew(skew);
      break;
    default:
      inventory_.SetClockSkew(skew);
  }
  return true;
}

bool World::LapseHold() { return provider_.LapseHold(); }

bool World::Repair() {
  desk_.Repair();
  return true;
}

void World::LetSomethingHappen() {
  for (size_t i = environment_.random.Below(kMeanwhileMax); i > 0; --i) {
    Step();
  }
}

bool World::FireTimersEarly() { return orders_.FireTimers(/*early=*/true); }

// For hours nothing moves but the orchestrator's timers, until its sagas run out of attempts and
// park. What they have sent is answered later.
bool World::SufferLongOutage() {
  if (!orders_.NextTimer()) {
    return false;
  }
  environment_.Trace("a long outage begins");
  for (int i = 0; i < kOutageTimersMax; ++i) {
    const auto timer = orders_.NextTimer();
    if (!timer) {
      break;
    }
    environment_.clock.Advance(std::max(Duration(0), *timer - environment_.clock.Now()));
    orders_.FireTimers(/*early=*/false);
  }
  environment_.Trace("the long outage ends");
  return true;
}

// To the next thing that is due, or by a leap that makes time-outs fire while answers are on their
// way.
void World::LetTimePass() {
  const auto due = NextDue();
  if (environment_.Fault(Sometimes::kClockLeap, kClockLeap)) {
    environment_.clock.Advance(kLeap);
  } else if (due && *due > environment_.clock.Now()) {
    environment_.clock.Advance(*due - environment_.clock.Now());
  } else {
    environment_.clock.Advance(kIdle);
  }
}

}  // namespace orderflow::simulation
