#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

#include "services/order/domain/order_acceptor.h"
#include "tests/simulation/abort_report.h"
#include "tests/simulation/invariants.h"

namespace orderflow::simulation {
namespace {

constexpr int kQuietStepsMax = 20'000;  // far more than any schedule needs to come to rest
constexpr Duration kTimeToRestMax = std::chrono::minutes(3);
constexpr size_t kSkus = 3;
constexpr size_t kStockMax = 6;
constexpr size_t kQuantityMax = 3;
constexpr double kCalm = 0.125;     // of schedules
constexpr double kTwoLines = 0.25;  // of orders
constexpr double kCancels = 0.4;
constexpr double kCancelsNow = 0.1;
constexpr std::array kEagerness{1.0, 0.5, 0.25};
constexpr double kTimePasses = 0.03;  // though there is something to do
constexpr double kRequestSentTwice = 0.1;
constexpr double kReleases = 0.1;  // a held saga or paused step, while there are faults
constexpr std::array kTokens{"tok_approve", "tok_approve", "tok_approve",
                             "tok_decline_insufficient_funds"};

Sku SkuNumber(size_t number) { return Sku(fmt::format("SKU-{}", number)); }

std::map<Sku, int64_t> DrawStock(Environment& environment) {
  environment.faults = !environment.random.Chance(kCalm);
  std::map<Sku, int64_t> stock;
  for (size_t i = 0; i < kSkus; ++i) {
    stock[SkuNumber(i)] = static_cast<int64_t>(environment.random.Below(kStockMax));
  }
  return stock;
}

Sometimes OutcomeOf(order::RefusalReason reason) {
  switch (reason) {
    case order::RefusalReason::kOutOfStock:
      return Sometimes::kRejectedOutOfStock;
    case order::RefusalReason::kStoppedByOperator:
      return Sometimes::kStoppedByOperator;
    default:
      return Sometimes::kRejectedDeclined;
  }
}

}  // namespace

World::World(const Schedule& schedule, Coverage& coverage, Timeline timeline)
    : environment_(schedule, coverage, timeline),
      orders_(environment_, broker_),
      inventory_(environment_, broker_, DrawStock(environment_)),
      provider_(environment_),
      payments_(environment_, broker_, provider_),
      notifications_(environment_, broker_),
      desk_(environment_, orders_, payments_, [this] { LetSomethingHappen(); }),
      consumers_{&orders_.replies(), &inventory_.commands(), &payments_.commands(),
                 &notifications_.events()},
      outboxes_{&orders_.outbox(), &inventory_.outbox(), &payments_.outbox()},
      relays_{{{&orders_.outbox(), OrderNode::kServiceRelay},
               {&orders_.outbox(), OrderNode::kOrchestratorRelay},
               {&inventory_.outbox(), 0},
               {&payments_.outbox(), 0}}} {
  NoteSeed(schedule.seed);
  eagerness_ = kEagerness[environment_.random.Below(kEagerness.size())];
  MakeClients();
}

void World::MakeClients() {
  Random& random = environment_.random;
  // Few orders more often than many: most of what can go wrong needs one or two.
  const size_t count = 1 + random.Below(1 + random.Below(environment_.schedule.orders_max));
  for (size_t i = 0; i < count; ++i) {
    Client client;
    client.request.key = {CustomerId(fmt::format("customer-{}", random.Below(2))),
                          RequestId(environment_.ids.NewId())};
    const size_t first_sku = random.Below(kSkus);
    const size_t lines = random.Chance(kTwoLines) ? 2 : 1;
    for (size_t line = 0; line < lines; ++line) {
      client.request.lines.push_back({SkuNumber((first_sku + line) % kSkus),
                                      static_cast<int32_t>(1 + random.Below(kQuantityMax)), 0});
    }
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
  const bool is_calm = !environment_.faults;
  if (is_calm) {
    environment_.coverage.Hit(Sometimes::kCalmSchedule);
  } else {
    PlayFaults();
  }
  ComeToRest(is_calm);
  CoverOutcomes();
  CheckAnswers();
  CheckInvariants(orders_, inventory_, payments_, provider_, broker_, environment_);
  CheckNotifications(orders_, notifications_, environment_);
  return environment_.violations;
}

// Ends early when nothing is left that a fault could meet.
void World::PlayFaults() {
  for (int step = 0; step < environment_.schedule.faulty_steps_max; ++step) {
    DrawFaults();
    Step();
    if (choices_.empty() && IsAtRest()) {
      break;
    }
  }
  environment_.faults = false;
  orders_.SetClockSkew(Duration(0));
  inventory_.SetClockSkew(Duration(0));
  payments_.SetClockSkew(Duration(0));
  notifications_.SetClockSkew(Duration(0));
  environment_.Trace("-- no more faults --");
}

// With a bound on virtual time. A calm schedule must not even need a time-out.
void World::ComeToRest(bool is_calm) {
  const Timestamp start = environment_.clock.Now();
  int steps = 0;
  while (!IsAtRest() && steps < kQuietStepsMax) {
    Step();
    ++steps;
    if (is_calm && choices_.empty() && !AreOrdersAtRest()) {
      environment_.Violate("an order waits, and nothing is on its way, though nothing has failed");
      return;
    }
  }
  time_to_rest_ = environment_.clock.Now() - start;
  if (!IsAtRest()) {
    environment_.Violate("not everything came to rest after the faults had stopped");
  } else if (time_to_rest_ > kTimeToRestMax + orders_.longest_wait_for_resumed()) {
    environment_.Violate(fmt::format("it took {} s to come to rest after the faults had stopped",
                                     time_to_rest_.count() / 1'000'000));
  }
}

// What clients were told, against what is stored: each acknowledged order is there, as it was told,
// and there is no other.
void World::CheckAnswers() {
  size_t acknowledged = 0;
  for (const Client& client : clients_) {
    if (!client.accepted) {
      continue;
    }
    ++acknowledged;
    const auto found = orders_.aggregates().find(client.order_id);
    if (found == orders_.aggregates().end()) {
      environment_.Violate("an acknowledged order is lost: " + client.order_id.value());
    } else {
      CheckAnswer(client, found->second.order);
    }
  }
  if (orders_.aggregates().size() > acknowledged) {
    environment_.Violate("there are more orders than clients were told of");
  }
}

// Its total is what its lines come to, and it is cancelled if its client was told so.
void World::CheckAnswer(const Client& client, const order::Order& order) {
  int64_t total = 0;
  for (const order::OrderLine& line : client.request.lines) {
    total += line.quantity * InventoryNode::kUnitPriceMinor;
  }
  if (order.total.amount_minor != total) {
    environment_.Violate(fmt::format("the lines of order {} come to {}, not to its total of {}",
                                     client.order_id.value(), total, order.total.amount_minor));
  }
  const bool is_cancelled = order.state() == order::OrderState::kCancelled;
  if ((client.cancel_accepted && !is_cancelled) || (client.cancel_refused && is_cancelled)) {
    environment_.Violate(fmt::format(
        "the cancel of order {} was answered {}, and it ends {}", client.order_id.value(),
        client.cancel_accepted ? "OK" : "FAILED_PRECONDITION", order::ToString(order.state())));
  }
}

void World::Step() {
  choices_.clear();
  OfferClients();
  OfferProvider();
  OfferTimers();
  OfferMessages(eagerness_);
  if (choices_.empty()) {
    OfferMessages(1);
  }
  if (choices_.empty() || (environment_.faults && environment_.random.Chance(kTimePasses))) {
    LetTimePass();
    return;
  }
  const Choice choice = choices_[environment_.random.Below(choices_.size())];
  (this->*choice.action)(choice.index);
  environment_.clock.Advance(
      std::chrono::milliseconds(static_cast<int64_t>(environment_.random.Below(20))));
}

void World::OfferClients() {
  for (size_t i = 0; i < clients_.size(); ++i) {
    const Client& client = clients_[i];
    Offer(!client.accepted && !client.refused, &World::Create, i);
    // At any moment of the order's life, also long after its end.
    Offer(client.accepted && client.wants_to_cancel() && environment_.random.Chance(kCancelsNow),
          &World::Cancel, i);
  }
}

// Consumers and relays, each with a chance: where it is small, batches are large.
void World::OfferMessages(double chance) {
  Random& random = environment_.random;
  for (size_t i = 0; i < consumers_.size(); ++i) {
    Offer(consumers_[i]->HasWork() && random.Chance(chance), &World::Poll, i);
  }
  for (size_t i = 0; i < relays_.size(); ++i) {
    Offer(relays_[i].outbox->HasWork(relays_[i].number) && random.Chance(chance), &World::Relay, i);
  }
}

void World::OfferProvider() {
  Offer(payments_.HasCalls(), &World::CallProvider);
  Offer(payments_.HasLateRequests(), &World::DeliverLate);
  Offer(payments_.HasOutcomes(), &World::StoreOutcomes);
  Offer(provider_.HasWebhooks(), &World::ReceiveWebhook);
}

void World::OfferTimers() {
  const Timestamp now = environment_.clock.Now();
  const auto is_due = [now](std::optional<Timestamp> time) { return time && *time <= now; };
  for (size_t i = 0; i < outboxes_.size(); ++i) {
    Offer(outboxes_[i]->IsSweepDue(), &World::Sweep, i);
  }
  Offer(is_due(orders_.NextTimer()), &World::FireTimers);
  Offer(is_due(payments_.NextDue()), &World::ResolveDue);
  Offer(inventory_.HasOverdue(), &World::ExpireReservations);
  Offer(inventory_.NeedsStock(), &World::AddStock);
  Offer(notifications_.HasDue(), &World::DeliverMails);
  Offer(desk_.IsAnyHeld() && (!environment_.faults || environment_.random.Chance(kReleases)),
        &World::ReleaseHold);
  Offer(orders_.HasPausedSteps() && (!environment_.faults || environment_.random.Chance(kReleases)),
        &World::ResumeSteps);
  for (size_t i = 0; i < consumers_.size(); ++i) {
    Offer(consumers_[i]->HasZombie(), &World::WakeZombie, i);
  }
}

// Sends the request, sometimes twice at once, through the production acceptor.
void World::Create(size_t index) {
  Client& client = clients_[index];
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
  if (environment_.Fault(Sometimes::kRequestSentTwice, kRequestSentTwice)) {
    submit();
  }
  acceptor.Close();
  acceptor.Run({});
  environment_.Trace("client: creates {}: {}", client.request.key.request_id.value(),
                     client.accepted ? client.order_id.value() : "no answer");
}

void World::Cancel(size_t index) {
  Client& client = clients_[index];
  const auto answer =
      orders_.Cancel(client.order_id, client.request.key.request_id, "changed my mind", "");
  environment_.Trace("client: cancels {}: {}", client.order_id.value(),
                     absl::StatusCodeToString(answer.status().code()));
  if (absl::IsFailedPrecondition(answer.status())) {
    environment_.coverage.Hit(Sometimes::kCancelRefused);
    client.cancel_refused = true;
  }
  client.cancel_accepted = answer.ok();
}

bool World::AreOrdersAtRest() const {
  const auto& aggregates = orders_.aggregates();
  return std::all_of(aggregates.begin(), aggregates.end(),
                     [](const auto& entry) { return order::IsAtRest(entry.second.order.state()); });
}

bool World::IsAtRest() const {
  const auto asks_on = [](const Client& client) {
    return (!client.accepted && !client.refused) || (client.accepted && client.wants_to_cancel());
  };
  const auto has_work = [](const Consumer* consumer) {
    return consumer->HasWork() || consumer->HasZombie();
  };
  return notifications_.IsAtRest() && std::none_of(clients_.begin(), clients_.end(), asks_on) &&
         AreOrdersAtRest() && !orders_.NextTimer() && !payments_.NextDue() &&
         !payments_.HasLateRequests() && !payments_.HasOutcomes() && !payments_.HasCalls() &&
         std::all_of(outboxes_.begin(), outboxes_.end(),
                     [](const OutboxTable* outbox) { return outbox->empty(); }) &&
         std::none_of(consumers_.begin(), consumers_.end(), has_work);
}

std::optional<Timestamp> World::NextDue() const {
  std::optional<Timestamp> next;
  const auto consider = [&next](std::optional<Timestamp> time) {
    if (time && (!next || *time < *next)) {
      next = time;
    }
  };
  consider(orders_.NextTimer());
  consider(payments_.NextDue());
  consider(notifications_.NextDue());
  for (const OutboxTable* outbox : outboxes_) {
    consider(outbox->NextDue());
  }
  return next;
}

void World::CoverOutcomes() {
  Coverage& coverage = environment_.coverage;
  for (const auto& [id, aggregate] : orders_.aggregates()) {
    const order::Order& order = aggregate.order;
    if (order.state() == order::OrderState::kConfirmed) {
      coverage.Hit(Sometimes::kConfirmed);
    } else if (order.state() == order::OrderState::kRejected && order.refusal()) {
      coverage.Hit(OutcomeOf(order.refusal()->reason));
    } else if (order.state() == order::OrderState::kCancelled) {
      coverage.Hit(aggregate.current.saga.definition == "cancel_order"
                       ? Sometimes::kCancelledAfterConfirmation
                       : Sometimes::kCancelledBeforePivot);
    }
  }
}

}  // namespace orderflow::simulation
