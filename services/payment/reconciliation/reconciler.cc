#include "services/payment/reconciliation/reconciler.h"

#include <algorithm>
#include <set>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "services/payment/messaging/batch_writer.h"
#include "services/payment/messaging/orders_in_hand.h"
#include "services/payment/reconciliation/reconciliation_cursor.h"

namespace orderflow::payment {
namespace {

using Stage = ReconciliationCursor::Stage;

const char* ClosureLabel(Closure closure) {
  switch (closure) {
    case Closure::kClosed:
      return "closed";
    case Closure::kWaiting:
      return "waiting";
    case Closure::kPlanned:
      return "planned";
    case Closure::kParked:
      break;
  }
  return "parked";
}

void Append(ReconciliationStretch& stretch, ReconciliationStretch page) {
  stretch.payments_compared += page.payments_compared;
  std::move(page.differences.begin(), page.differences.end(),
            std::back_inserter(stretch.differences));
  stretch.next_cursor = std::move(page.next_cursor);
}

void AddDifferences(std::vector<Difference> found, ReconciliationStretch& page) {
  for (Difference& difference : found) {
    const Closure closure =
        difference.remedy == Remedy::kPark ? Closure::kParked : Closure::kPlanned;
    page.differences.push_back(
        {.difference = std::move(difference), .closure = closure, .effects = ""});
  }
}

// Of the provider's entry; empty: it has none.
std::string ReferenceOf(const Difference& difference) {
  return difference.entry.has_value() ? difference.entry->reference : "";
}

// Distinct.
std::vector<OrderId> OrdersToRepair(const ReconciliationStretch& page) {
  std::set<OrderId> distinct;
  for (const ReconciledDifference& found : page.differences) {
    if (found.closure == Closure::kPlanned) {
      distinct.insert(OrderId(found.difference.payment_reference));
    }
  }
  return {distinct.begin(), distinct.end()};
}

bool IsOrderId(const std::string& reference) {
  return IsUuid(reference) && LowerCaseUuid(reference) == reference;
}

}  // namespace

Reconciler::Reconciler(postgres::Pool& pool, PaymentStore& payments, PaymentBooks& ours,
                       ProviderBooks& theirs, ReconciliationStore& store,
                       ReconciliationActions& actions, BatchWriter& writer, OrdersInHand& orders,
                       IdGenerator& ids, const Clock& clock, telemetry::Metrics& metrics,
                       ReconcilerOptions options)
    : pool_(pool),
      payments_(payments),
      ours_(ours),
      theirs_(theirs),
      store_(store),
      actions_(actions),
      writer_(writer),
      orders_(orders),
      ids_(ids),
      clock_(clock),
      options_(options),
      compared_(metrics.AddCounter("orderflow_payment_reconcile_payments_total",
                                   "Payments compared with the provider's books.")) {
  for (const DifferenceClass difference : AllDifferenceClasses()) {
    for (const Closure closure : {Closure::kParked, Closure::kClosed, Closure::kWaiting}) {
      differences_[{difference, closure}] = &metrics.AddCounter(
          "orderflow_payment_reconcile_differences_total",
          "Differences between our books and the provider's, each time that a run meets them.",
          {{"class", ToString(difference)}, {"closure", ClosureLabel(closure)}});
    }
  }
}

absl::StatusOr<ReconciliationStretch> Reconciler::Run(
    const std::string& cursor, const std::optional<ReconciliationMandate>& mandate) {
  const auto end = std::chrono::steady_clock::now() + options_.stretch_time;
  ReconciliationStretch stretch;
  stretch.next_cursor = cursor;
  do {
    ASSIGN_OR_RETURN(ReconciliationStretch page, RunPage(stretch.next_cursor, mandate, nullptr));
    Append(stretch, std::move(page));
  } while (!stretch.next_cursor.empty() && std::chrono::steady_clock::now() < end);
  return stretch;
}

absl::StatusOr<ReconciliationStretch> Reconciler::RunPage(
    const std::string& cursor, const std::optional<ReconciliationMandate>& mandate,
    const Fence& fence) {
  ReconciliationCursor at;
  if (cursor.empty()) {
    ASSIGN_OR_RETURN(at.start_time, store_.Now());
  } else {
    ASSIGN_OR_RETURN(at, ParseCursor(cursor));
  }
  const bool books = at.stage == Stage::kBooks;
  ASSIGN_OR_RETURN(ReconciliationStretch page, books ? PageOfBooks(at) : PageOfPayments(at));
  const bool complete = !books && at.after.empty();
  page.next_cursor = complete ? "" : ToString(at);
  if (!mandate.has_value()) {
    return Plan(page);
  }
  const auto commit = [&](ReconciliationStretch& decided) {
    const ReconciliationStretch found = decided;
    const OrdersInHand::Claim claim = orders_.Take(OrdersToRepair(found));
    return pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
      decided = found;
      RETURN_IF_ERROR(Close(transaction, *mandate, decided));
      if (complete) {
        RETURN_IF_ERROR(store_.CloseUnseen(transaction, at.start_time));
      }
      return fence ? fence(transaction, decided.next_cursor) : absl::OkStatus();
    });
  };
  absl::Status committed = commit(page);
  if (!committed.ok() && !IsRetryable(committed)) {
    ParkWhatCannotBeClosed(*mandate, page);
    committed = commit(page);
  }
  RETURN_IF_ERROR(committed);
  Count(page);
  return page;
}

// What a run would do now, down to the keys of the operations.
absl::StatusOr<ReconciliationStretch> Reconciler::Plan(const ReconciliationStretch& page) {
  ReconciliationStretch planned;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) {
    planned = page;
    return ApplyRules(transaction, Closure::kPlanned, planned).status();
  }));
  return planned;
}

// One difference that the database refuses must not keep the others from being closed.
void Reconciler::ParkWhatCannotBeClosed(const ReconciliationMandate& mandate,
                                        ReconciliationStretch& page) {
  for (ReconciledDifference& found : page.differences) {
    if (found.closure == Closure::kParked) {
      continue;
    }
    found.closure = Closure::kPlanned;
    ReconciliationStretch alone;
    const OrdersInHand::Claim claim = orders_.Take({OrderId(found.difference.payment_reference)});
    const absl::Status closed =
        pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
          alone.differences = {found};
          return Close(transaction, mandate, alone);
        });
    if (closed.ok()) {
      found = alone.differences.front();
    } else if (!IsRetryable(closed)) {
      found.closure = Closure::kParked;
      found.difference.reason += fmt::format("; its rule {} failed: {}",
                                             ToString(found.difference.remedy), Message(closed));
      found.difference.remedy = Remedy::kPark;
    }
  }
}

// The provider's books show what we have no payment of. What we have one of comes with our
// payments.
absl::StatusOr<ReconciliationStretch> Reconciler::PageOfBooks(ReconciliationCursor& cursor) {
  ASSIGN_OR_RETURN(const BooksPage books, theirs_.List(cursor.after));
  std::set<OrderId> orders;
  std::map<std::string, BothBooks> foreign;
  for (const BookEntry& entry : books.entries) {
    if (IsOrderId(entry.payment_reference)) {
      orders.insert(OrderId(entry.payment_reference));
    } else {
      foreign[entry.payment_reference].entries.push_back(entry);
    }
  }
  const std::vector<OrderId> known_or_not(orders.begin(), orders.end());
  ASSIGN_OR_RETURN(const std::vector<OrderId> unknown, ours_.WithoutPayment(known_or_not));
  ReconciliationStretch page;
  for (size_t i = 0; i < unknown.size(); i += ProviderBooks::kOrdersPerLookUp) {
    const std::span<const OrderId> rest = std::span(unknown).subspan(i);
    ASSIGN_OR_RETURN(
        ReconciliationStretch part,
        CompareOrders(rest.first(std::min(rest.size(), ProviderBooks::kOrdersPerLookUp))));
    Append(page, std::move(part));
  }
  for (auto& [reference, both] : foreign) {
    both.payment_reference = reference;
    AddDifferences(Compare(both, clock_.Now(), options_.policy), page);
  }
  cursor.after = books.next_page_token;
  if (cursor.after.empty()) {
    cursor.stage = Stage::kPayments;
  }
  return page;
}

absl::StatusOr<ReconciliationStretch> Reconciler::PageOfPayments(ReconciliationCursor& cursor) {
  const size_t limit = std::min(options_.payments_per_page, ProviderBooks::kOrdersPerLookUp);
  ASSIGN_OR_RETURN(const std::vector<OrderId> orders,
                   ours_.ListOrders(OrderId(cursor.after), limit));
  cursor.after = orders.size() < limit ? "" : orders.back().value();
  return CompareOrders(orders);
}

// Ours first, then theirs: see Compare.
absl::StatusOr<ReconciliationStretch> Reconciler::CompareOrders(
    std::span<const OrderId> order_ids) {
  ReconciliationStretch page;
  if (order_ids.empty()) {
    return page;
  }
  ASSIGN_OR_RETURN(OurBooks ours, ours_.Load(order_ids));
  ASSIGN_OR_RETURN(const std::vector<BookEntry> entries, theirs_.ListOf(order_ids));
  std::map<std::string, BothBooks> books;
  for (const OrderId& order_id : order_ids) {
    BothBooks& both = books[order_id.value()];
    both.payment_reference = order_id.value();
    if (const auto payment = ours.payments.find(order_id); payment != ours.payments.end()) {
      both.payment = std::move(payment->second);
    }
    both.transfers = std::move(ours.transfers[order_id]);
  }
  for (const BookEntry& entry : entries) {
    if (const auto both = books.find(entry.payment_reference); both != books.end()) {
      both->second.entries.push_back(entry);
    }
  }
  const Timestamp now = clock_.Now();
  for (const auto& [reference, both] : books) {
    AddDifferences(Compare(both, now, options_.policy), page);
  }
  page.payments_compared = static_cast<int64_t>(order_ids.size());
  return page;
}

absl::Status Reconciler::Close(postgres::Transaction& transaction,
                               const ReconciliationMandate& mandate, ReconciliationStretch& page) {
  std::vector<const ReconciledDifference*> planned;
  std::vector<Finding> findings;
  for (const ReconciledDifference& found : page.differences) {
    if (found.closure == Closure::kPlanned) {
      planned.push_back(&found);
    } else if (found.closure == Closure::kParked) {
      findings.push_back({.finding_id = ids_.NewId(),
                          .difference = found.difference,
                          .provider_reference = ReferenceOf(found.difference)});
    }
  }
  if (!planned.empty()) {
    ASSIGN_OR_RETURN(PaymentBatch batch, ApplyRules(transaction, Closure::kClosed, page));
    RETURN_IF_ERROR(writer_.Write(transaction, std::move(batch), options_.decisions.call_lease));
    std::vector<ReconciliationAction> actions;
    for (const ReconciledDifference* found : planned) {
      if (found->closure == Closure::kClosed) {
        actions.push_back({.action_id = ids_.NewId(),
                           .mandate = mandate,
                           .difference = found->difference,
                           .provider_reference = ReferenceOf(found->difference),
                           .effects = found->effects});
      }
    }
    RETURN_IF_ERROR(actions_.Append(transaction, actions));
  }
  return store_.Record(transaction, findings);
}

// Rules are applied to payments read anew; those that have changed since are left to the next run.
absl::StatusOr<PaymentBatch> Reconciler::ApplyRules(postgres::Transaction& transaction,
                                                    Closure applied, ReconciliationStretch& page) {
  const std::vector<OrderId> order_ids = OrdersToRepair(page);
  Payments payments;
  if (!order_ids.empty()) {
    ASSIGN_OR_RETURN(payments, payments_.Load(transaction, order_ids));
  }
  PaymentBatch batch(std::move(payments), options_.decisions);
  for (ReconciledDifference& found : page.differences) {
    if (found.closure == Closure::kPlanned) {
      const std::optional<std::string> effects = batch.Apply(found.difference, /*random01=*/1.0);
      found.closure = effects.has_value() ? applied : Closure::kWaiting;
      found.effects = effects.value_or("");
    }
  }
  return batch;
}

void Reconciler::Count(const ReconciliationStretch& page) {
  compared_.Increment(static_cast<double>(page.payments_compared));
  for (const ReconciledDifference& found : page.differences) {
    differences_.at({found.difference.difference, found.closure})->Increment();
  }
}

}  // namespace orderflow::payment
