#include "services/order/domain/order_acceptor.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"

namespace orderflow::order {

OrderAcceptor::OrderAcceptor(OrderStore& store, PriceQuoter& quoter, const Clock& clock,
                             IdGenerator& ids, AcceptorOptions options)
    : store_(store),
      quoter_(quoter),
      clock_(clock),
      ids_(ids),
      options_(std::move(options)),
      queue_(options_.queue_max) {}

void OrderAcceptor::Submit(CreateOrder request, Done done) {
  Pending pending{std::move(request), std::move(done), clock_.Now()};
  if (!queue_.TryPush(std::move(pending))) {
    // NOLINTNEXTLINE(bugprone-use-after-move): TryPush leaves what it does not take
    pending.done(
        Overloaded("too many orders are being accepted; try again with the same request_id",
                   std::chrono::duration_cast<std::chrono::milliseconds>(options_.retry_delay)));
  }
}

void OrderAcceptor::Run(std::stop_token stop) {
  const bool is_first = !has_first_worker_.exchange(true);
  const absl::Cleanup leave = [this, is_first] {
    if (is_first) {
      has_first_worker_ = false;
    }
  };
  Duration rested{0};
  while (true) {
    std::vector<Pending> waiting = is_first ? queue_.PopBatch(options_.batch_max, stop)
                                            : queue_.PopFullBatch(options_.batch_max, stop);
    if (waiting.empty()) {
      return;
    }
    const size_t size = waiting.size();
    const Timestamp start = clock_.Now();
    options_.on_batch(size, std::max(Duration::zero(), start - waiting.back().since - rested));
    Process(Group(std::move(waiting)));
    rested = Rest(size, clock_.Now() - start, stop);
  }
}

// Returns how long it was.
Duration OrderAcceptor::Rest(size_t size, Duration took, const std::stop_token& stop) {
  const Duration rest = RestAfterBatch(options_.pace, size, options_.batch_max, took);
  if (rest == Duration::zero()) {
    return rest;
  }
  const Timestamp start = clock_.Now();
  queue_.Gather(options_.batch_max, rest, stop);
  return clock_.Now() - start;
}

// Groups a batch by key and answers at once what needs no work: requests whose caller is gone.
OrderAcceptor::Batch OrderAcceptor::Group(std::vector<Pending> waiting) {
  Batch batch;
  const Timestamp now = clock_.Now();
  for (Pending& pending : waiting) {
    if (pending.request.deadline <= now) {
      pending.done(absl::DeadlineExceededError(
          "the deadline passed before the order was looked at; nothing was stored"));
    } else {
      const RequestKey key = pending.request.key;
      batch.waiting[key].push_back(std::move(pending));
    }
  }
  return batch;
}

void OrderAcceptor::Process(Batch batch) {
  absl::Status status;
  for (int attempt = 1; attempt <= options_.doubtful_attempts_max && !batch.waiting.empty();
       ++attempt) {
    status = ProcessOnce(batch);
    if (!absl::IsUnknown(status)) {
      break;
    }
  }
  if (absl::IsUnknown(status)) {
    status = TypedError(absl::StatusCode::kUnavailable,
                        "whether the order was stored could not be found out in time; "
                        "send the same request again, with the same request_id",
                        "ORDER_IN_DOUBT");
  }
  for (auto& [key, group] : batch.waiting) {
    for (Pending& pending : group) {
      pending.done(status);
    }
  }
}

// One round: answers requests and takes them out of `batch`; an error leaves the rest in it. Nearly
// all keys are new, so none is looked up before: those that are not, Accept finds.
absl::Status OrderAcceptor::ProcessOnce(Batch& batch) {
  const bool look_up_first = without_prices_;  // a repeated answer needs none, and waits for none
  if (look_up_first) {
    RETURN_IF_ERROR(AnswerStored(batch));
    if (batch.waiting.empty()) {
      return absl::OkStatus();
    }
  }
  const absl::StatusOr<Quotes> quotes = QuoteAll(batch);
  without_prices_ = !quotes.ok();
  if (!quotes.ok()) {
    if (!look_up_first) {
      RETURN_IF_ERROR(AnswerStored(batch));
    }
    return quotes.status();
  }
  const std::vector<Decision> decisions = Decide(batch, *quotes);
  if (IsPlanted(PlantedBug::kAnswerBeforeCommit)) {
    AnswerDecided(batch, decisions, {});
  }
  ASSIGN_OR_RETURN(const auto answered_before, store_.Accept(decisions));
  AnswerDecided(batch, decisions, answered_before);
  return absl::OkStatus();
}

// Each with what was stored for its key: by another request before, or now.
void OrderAcceptor::AnswerDecided(Batch& batch, std::span<const Decision> decisions,
                                  const std::map<RequestKey, StoredAnswer>& answered_before) {
  for (const Decision& decision : decisions) {
    const auto before = answered_before.find(decision.key);
    Answer(batch, decision.key,
           before != answered_before.end() ? before->second
                                           : StoredAnswer{decision.body_hash, decision.answer});
  }
}

absl::Status OrderAcceptor::AnswerStored(Batch& batch) {
  std::vector<RequestKey> keys;
  keys.reserve(batch.waiting.size());
  for (const auto& [key, group] : batch.waiting) {
    keys.push_back(key);
  }
  ASSIGN_OR_RETURN(const auto stored, store_.FindAnswers(keys));
  for (const auto& [key, answer] : stored) {
    Answer(batch, key, answer);
  }
  return absl::OkStatus();
}

absl::StatusOr<Quotes> OrderAcceptor::QuoteAll(const Batch& batch) {
  std::set<Sku> distinct;
  Timestamp latest;
  for (const auto& [key, group] : batch.waiting) {
    latest = std::max(latest, group.front().request.deadline);
    for (const OrderLine& line : group.front().request.lines) {
      distinct.insert(line.sku);
    }
  }
  const std::vector<Sku> skus(distinct.begin(), distinct.end());
  const Timestamp patience = clock_.Now() + options_.quote_timeout;
  // As long as anybody in the batch still waits: one impatient caller must not fail the others.
  absl::StatusOr<Quotes> quotes = quoter_.Quote(skus, std::min(patience, latest));
  if (absl::IsDeadlineExceeded(quotes.status()) && patience < latest) {
    return PricesUnavailable();  // somebody has time left to try again
  }
  return quotes;
}

// The first request of a key decides; Answer compares the others with it.
std::vector<Decision> OrderAcceptor::Decide(Batch& batch, const Quotes& quotes) {
  std::vector<Decision> decisions;
  decisions.reserve(batch.waiting.size());
  const Timestamp now = clock_.Now();
  for (const auto& [key, group] : batch.waiting) {
    const CreateOrder& request = group.front().request;
    OrderId order_id(ids_.NewId());
    decisions.push_back(
        {key, request.body_hash, request.traceparent, PriceOrder(request, quotes, order_id, now)});
    batch.drawn.insert(std::move(order_id));
  }
  return decisions;
}

void OrderAcceptor::Answer(Batch& batch, const RequestKey& key, const StoredAnswer& stored) {
  const auto group = batch.waiting.find(key);
  if (group == batch.waiting.end()) {
    return;
  }
  // By its id: also what a commit that was in doubt has stored after all was accepted here.
  if (stored.answer.ok() && batch.drawn.erase(stored.answer->order_id) == 1) {
    options_.on_accepted(*stored.answer);
  }
  for (Pending& pending : group->second) {
    if (pending.request.body_hash == stored.body_hash ||
        IsPlanted(PlantedBug::kOtherBodyGetsFirstAnswer)) {
      pending.done(stored.answer);
    } else {
      pending.done(RequestIdReused(key));
    }
  }
  batch.waiting.erase(group);
}

}  // namespace orderflow::order
