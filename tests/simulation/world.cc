#include "tests/simulation/world.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>

#include "services/order/domain/order_acceptor.h"
#include "tests/simulation/invariants.h"

namespace orderflow::simulation {
namespace {

constexpr int kFaultySteps = 120;
constexpr int kQuietStepsMax = 20'000;  // far more than any schedule needs to come to rest
constexpr size_t kOrdersMax = 4;
constexpr size_t kSkus = 3;
constexpr size_t kStockMax = 6;
constexpr double kCancels = 0.4;
constexpr double kCancelsNow = 0.1;
constexpr std::array kTokens{"tok_approve", "tok_approve", "tok_approve",
                             "tok_decline_insufficient_funds"};

Sku SkuNumber(size_t number) { return Sku(fmt::format("SKU-{}", number)); }

std::map<Sku, int64_t> DrawStock(Random& random) {
  std::map<Sku, int64_t> stock;
  for (size_t i = 0; i < kSkus; ++i) {
    stock[SkuNumber(i)] = static_cast<int64_t>(random.Below(kStockMax));
  }
  return stock;
}

}  // namespace

World::World(uint64_t seed, Coverage& coverage, bool with_trace)
    : environment_(seed, coverage, with_trace),
      orders_(environment_, broker_),
      inventory_(environment_, broker_, DrawStock(environment_.random)),
      provider_(environment_),
      payments_(environment_, broker_, provider_) {
  MakeClients();
}

void World::MakeClients() {
  Random& random = environment_.random;
  const size_t count = 1 + random.Below(kOrdersMax);
  for (size_t i = 0; i < count; ++i) {
    Client client;
    client.request.key = {CustomerId(fmt::format("customer-{}", random.Below(2))),
                          RequestId(environment_.ids.NewId())};
    client.request.lines.push_back(
        {SkuNumber(random.Below(kSkus)), static_cast<int32_t>(1 + random.Below(3)), 0});
    client.request.payment_method_token = kTokens[random.Below(kTokens.size())];
    client.request.email = "a@example.org";
    client.request.currency_code = "EUR";
    client.request.body_hash = fmt::format("{:064}", i);
    client.request.deadline = Timestamp::max();
    client.wants_cancel = random.Chance(kCancels);
    clients_.push_back(std::move(client));
  }
}

std::vector<std::string> World::Run() {
  for (int step = 0; step < kFaultySteps; ++step) {
    Step();
  }
  environment_.faults = false;
  environment_.Trace("-- no more faults --");
  int quiet_steps = 0;
  while (!IsAtRest() && quiet_steps < kQuietStepsMax) {
    Step();
    ++quiet_steps;
  }
  CoverOutcomes();
  std::vector<std::string> violations =
      CheckInvariants(orders_, inventory_, payments_, provider_, broker_, environment_.coverage);
  if (!IsAtRest()) {
    violations.emplace_back("not everything came to rest after the faults had stopped");
  }
  return violations;
}

// Does one of the things that can happen now.
void World::Step() {
  CrashOne();
  std::vector<std::function<void()>> possible;
  const auto offer = [&possible](bool can, std::function<void()> action) {
    if (can) {
      possible.push_back(std::move(action));
    }
  };
  for (Client& client : clients_) {
    offer(!client.accepted && !client.refused, [this, &client] { Create(client); });
    // At any moment of the order's life, also long after its end.
    offer(client.accepted && client.wants_cancel && !client.cancel_answered &&
              environment_.random.Chance(kCancelsNow),
          [this, &client] { Cancel(client); });
  }
  for (Consumer* consumer : {&orders_.replies(), &inventory_.commands(), &payments_.commands()}) {
    offer(consumer->HasWork(), [consumer] { consumer->Poll(); });
    offer(consumer->HasZombie(), [consumer] { consumer->WakeZombie(); });
  }
  for (OutboxTable* outbox : {&orders_.outbox(), &inventory_.outbox(), &payments_.outbox()}) {
    offer(outbox->HasWork(), [outbox] { outbox->Relay(); });
    offer(outbox->NeedsSweep(), [outbox] { outbox->Sweep(); });
  }
  offer(payments_.HasCalls(), [this] { payments_.Call(); });
  offer(payments_.HasLateRequests(), [this] { payments_.DeliverLate(); });
  offer(payments_.HasOutcomes(), [this] { payments_.StoreOutcomes(); });
  const auto now = environment_.clock.Now();
  offer(orders_.HasDueTimer(), [this] { orders_.FireTimers(); });
  offer(payments_.NextDue() && *payments_.NextDue() <= now, [this] { payments_.ResolveDue(); });
  if (possible.empty() || environment_.random.Chance(0.05)) {
    LetTimePass();
    return;
  }
  possible[environment_.random.Below(possible.size())]();
  environment_.clock.Advance(
      std::chrono::milliseconds(static_cast<int64_t>(environment_.random.Below(20))));
}

// Sends the request, sometimes twice at once, through the production acceptor.
void World::Create(Client& client) {
  order::OrderAcceptor acceptor(orders_, inventory_, environment_.clock, environment_.ids, {});
  const auto submit = [&] {
    acceptor.Submit(client.request, [&client](const absl::StatusOr<order::Order>& answer) {
      if (answer.ok()) {
        client.accepted = true;
        client.order_id = answer->order_id;
      } else if (absl::IsInvalidArgument(answer.status())) {
        client.refused = true;
      }
    });
  };
  submit();
  if (environment_.Fault(0.1)) {
    environment_.coverage.Hit(Sometimes::kRequestSentTwice);
    submit();
  }
  acceptor.Close();
  acceptor.Run({});
  environment_.Trace("client: creates {}: {}", client.request.key.request_id.value(),
                     client.accepted ? client.order_id.value() : "no answer");
}

void World::Cancel(Client& client) {
  const auto answer =
      orders_.Cancel(client.order_id, client.request.key.request_id, "changed my mind", "");
  environment_.Trace("client: cancels {}: {}", client.order_id.value(), answer.status().ToString());
  if (absl::IsFailedPrecondition(answer.status())) {
    environment_.coverage.Hit(Sometimes::kCancelRefused);
  }
  client.cancel_answered = answer.ok() || absl::IsFailedPrecondition(answer.status());
}

void World::CrashOne() {
  if (environment_.Fault(0.02)) {
    environment_.coverage.Hit(Sometimes::kProcessCrash);
    switch (environment_.random.Below(3)) {
      case 0:
        environment_.Trace("order-service and orchestrator crash");
        orders_.Crash();
        break;
      case 1:
        environment_.Trace("inventory-service crashes");
        inventory_.Crash();
        break;
      default:
        environment_.Trace("payment-service crashes");
        payments_.Crash();
    }
  }
  for (Consumer* consumer : {&orders_.replies(), &inventory_.commands(), &payments_.commands()}) {
    if (environment_.Fault(0.005)) {
      consumer->PauseOne();
    }
  }
}

std::optional<Timestamp> World::NextDue() const {
  const auto timer = orders_.NextTimer();
  const auto operation = payments_.NextDue();
  if (!timer || !operation) {
    return timer ? timer : operation;
  }
  return std::min(*timer, *operation);
}

// To the next thing that is due, or by a leap that makes time-outs fire while answers are on their
// way.
void World::LetTimePass() {
  const auto due = NextDue();
  if (environment_.Fault(0.1)) {
    environment_.coverage.Hit(Sometimes::kClockJump);
    environment_.clock.Advance(std::chrono::minutes(1));
  } else if (due && *due > environment_.clock.Now()) {
    environment_.clock.Advance(*due - environment_.clock.Now());
  } else {
    environment_.clock.Advance(std::chrono::milliseconds(100));
  }
}

bool World::IsAtRest() const {
  const auto asks_on = [](const Client& client) {
    return (!client.accepted && !client.refused) ||
           (client.accepted && client.wants_cancel && !client.cancel_answered);
  };
  const auto& aggregates = orders_.aggregates();
  const auto is_open = [](const auto& entry) {
    return !order::IsAtRest(entry.second.order.state());
  };
  return std::none_of(clients_.begin(), clients_.end(), asks_on) &&
         std::none_of(aggregates.begin(), aggregates.end(), is_open) && !NextDue() &&
         orders_.outbox().empty() && inventory_.outbox().empty() && payments_.outbox().empty() &&
         !payments_.HasLateRequests() && !payments_.HasOutcomes() && !payments_.HasCalls() &&
         !orders_.replies().HasWork() && !inventory_.commands().HasWork() &&
         !payments_.commands().HasWork();
}

void World::CoverOutcomes() {
  for (const auto& [id, aggregate] : orders_.aggregates()) {
    const order::Order& order = aggregate.order;
    if (order.state() == order::OrderState::kConfirmed) {
      environment_.coverage.Hit(Sometimes::kConfirmed);
    } else if (order.state() == order::OrderState::kRejected && order.refusal()) {
      environment_.coverage.Hit(order.refusal()->reason == order::RefusalReason::kOutOfStock
                                    ? Sometimes::kRejectedOutOfStock
                                    : Sometimes::kRejectedDeclined);
    } else if (order.state() == order::OrderState::kCancelled) {
      environment_.coverage.Hit(aggregate.current.saga.definition == "cancel_order"
                                    ? Sometimes::kCancelledAfterConfirmation
                                    : Sometimes::kCancelledBeforePivot);
    }
  }
}

}  // namespace orderflow::simulation
