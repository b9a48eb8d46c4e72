#include "services/payment/domain/reconciliation.h"

#include <algorithm>
#include <array>
#include <utility>

#include "fmt/format.h"
#include "libs/base/uuid.h"

namespace orderflow::payment {
namespace {

constexpr std::array<OperationKind, 4> kKinds{OperationKind::kAuthorize, OperationKind::kCapture,
                                              OperationKind::kVoid, OperationKind::kRefund};

constexpr std::array<std::pair<DifferenceClass, std::string_view>, 10> kClasses{
    {{DifferenceClass::kMissingHere, "MISSING_HERE"},
     {DifferenceClass::kMissingAtProvider, "MISSING_AT_PROVIDER"},
     {DifferenceClass::kAmountDiffers, "AMOUNT_DIFFERS"},
     {DifferenceClass::kStateDiffers, "STATE_DIFFERS"},
     {DifferenceClass::kOutcomeUnknownHere, "OUTCOME_UNKNOWN_HERE"},
     {DifferenceClass::kOrphanHold, "ORPHAN_HOLD"},
     {DifferenceClass::kCaptureNotInLedger, "CAPTURE_NOT_IN_LEDGER"},
     {DifferenceClass::kDoubleCapture, "DOUBLE_CAPTURE"},
     {DifferenceClass::kRefundUnknownHere, "REFUND_UNKNOWN_HERE"},
     {DifferenceClass::kLedgerDiffers, "LEDGER_DIFFERS"}}};

constexpr std::array<std::pair<Remedy, std::string_view>, 5> kRemedies{
    {{Remedy::kPark, "PARK"},
     {Remedy::kStoreOutcome, "STORE_OUTCOME"},
     {Remedy::kVoidHold, "VOID_HOLD"},
     {Remedy::kRefundCapture, "REFUND_CAPTURE"},
     {Remedy::kSendAgain, "SEND_AGAIN"}}};

std::string OutcomeOf(const BookEntry& entry) {
  return entry.succeeded ? "SUCCEEDED" : "DECLINED (" + entry.decline_code + ")";
}

// The books of one payment with the questions that the rules ask, and the differences found.
class Comparison {
 public:
  Comparison(const BothBooks& books, Timestamp now, const ReconciliationPolicy& policy)
      : books_(books), now_(now), policy_(policy) {}

  std::vector<Difference> Run() {
    if (now_ - LastChange() < policy_.settle_time) {
      return {};
    }
    CompareForeignEntries();
    for (const OperationKind kind : kKinds) {
      CompareKind(kind);
    }
    CompareHold();
    CompareCapture();
    CompareRefund();
    ParkAllWhenOneIsParked();
    return std::move(found_);
  }

 private:
  // An open operation changes at every look of the resolver without anything having happened, so
  // it counts from its beginning.
  Timestamp LastChange() const {
    Timestamp last{};
    for (const BookEntry& entry : books_.entries) {
      last = std::max(last, entry.create_time);
    }
    if (!books_.payment.has_value()) {
      return last;
    }
    last = std::max(last, books_.payment->create_time);
    for (const Operation& operation : books_.payment->operations) {
      last =
          std::max(last, IsOpen(operation.state) ? operation.create_time : operation.update_time);
    }
    return last;
  }

  const Operation* Ours(OperationKind kind) const {
    return books_.payment.has_value() ? FindOperation(*books_.payment, kind) : nullptr;
  }
  bool IsOurs(const BookEntry& entry) const {
    const std::string& reference = books_.payment_reference;
    return IsUuid(reference) && LowerCaseUuid(reference) == reference &&
           entry.idempotency_key == IdempotencyKey(OrderId(reference), entry.kind);
  }
  const BookEntry* Theirs(OperationKind kind) const {
    for (const BookEntry& entry : books_.entries) {
      if (entry.kind == kind && IsOurs(entry)) {
        return &entry;
      }
    }
    return nullptr;
  }
  std::vector<const BookEntry*> SucceededThere(OperationKind kind) const {
    std::vector<const BookEntry*> entries;
    for (const BookEntry& entry : books_.entries) {
      if (entry.kind == kind && entry.succeeded) {
        entries.push_back(&entry);
      }
    }
    return entries;
  }
  const LedgerTransfer* Ledger(OperationKind kind) const {
    for (const LedgerTransfer& transfer : books_.transfers) {
      if (transfer.kind == kind) {
        return &transfer;
      }
    }
    return nullptr;
  }
  bool IsIn(std::initializer_list<PaymentState> states) const {
    return books_.payment.has_value() &&
           std::find(states.begin(), states.end(), books_.payment->state) != states.end();
  }
  Money AmountHere() const { return books_.payment.has_value() ? books_.payment->amount : Money{}; }
  std::string StateHere() const {
    return books_.payment.has_value() ? ToString(books_.payment->state) : "unknown";
  }

  void Add(DifferenceClass difference, OperationKind kind, Remedy remedy, const BookEntry* entry,
           std::string reason) {
    Difference found;
    found.payment_reference = books_.payment_reference;
    found.difference = difference;
    found.kind = kind;
    found.remedy = remedy;
    found.reason = std::move(reason);
    found.payment_version = books_.payment.has_value() ? books_.payment->version : 0;
    if (entry != nullptr) {
      found.entry = *entry;
    }
    found_.push_back(std::move(found));
  }

  void CompareForeignEntries() {
    for (const BookEntry& entry : books_.entries) {
      if (!IsOurs(entry)) {
        Add(DifferenceClass::kMissingHere, entry.kind, Remedy::kPark, &entry,
            fmt::format("the provider has booked {} {} of {} under the key '{}', which is not ours",
                        ToString(entry.kind), OutcomeOf(entry), ToString(entry.amount),
                        entry.idempotency_key));
      }
    }
  }

  // What both sides say about the operation itself; holds and money come after.
  void CompareKind(OperationKind kind) {
    const Operation* ours = Ours(kind);
    const BookEntry* theirs = Theirs(kind);
    if (theirs == nullptr) {
      CompareUnbooked(kind, ours);
      return;
    }
    if (ours == nullptr) {
      CompareUnasked(kind, *theirs);
      return;
    }
    const Money& amount = books_.payment->amount;
    if (theirs->amount != amount) {
      Add(DifferenceClass::kAmountDiffers, kind, Remedy::kPark, theirs,
          fmt::format("{} is over {} here and over {} at the provider", ToString(kind),
                      ToString(amount), ToString(theirs->amount)));
      return;
    }
    if (IsOpen(ours->state)) {
      Add(DifferenceClass::kOutcomeUnknownHere, kind, Remedy::kStoreOutcome, theirs,
          fmt::format("{} is {} here and {} at the provider", ToString(kind), ToString(ours->state),
                      OutcomeOf(*theirs)));
      return;
    }
    const bool succeeded_here = ours->state == OperationState::kSucceeded;
    const bool judged_by_effect = !succeeded_here && kind != OperationKind::kVoid;
    if (succeeded_here != theirs->succeeded && !judged_by_effect) {
      Add(DifferenceClass::kStateDiffers, kind, Remedy::kPark, theirs,
          fmt::format("{} is {} here and {} at the provider", ToString(kind), ToString(ours->state),
                      OutcomeOf(*theirs)));
    }
  }

  void CompareUnbooked(OperationKind kind, const Operation* ours) {
    if (ours == nullptr || ours->state != OperationState::kSucceeded) {
      return;  // open: the resolver's; declined: a refused request is not booked
    }
    const bool gives_back = kind == OperationKind::kVoid || kind == OperationKind::kRefund;
    Add(DifferenceClass::kMissingAtProvider, kind, gives_back ? Remedy::kSendAgain : Remedy::kPark,
        nullptr,
        fmt::format("{} over {} succeeded here; the provider has never booked it", ToString(kind),
                    ToString(books_.payment->amount)));
  }

  // Successful holds, captures and refunds are judged by what they have done.
  void CompareUnasked(OperationKind kind, const BookEntry& theirs) {
    if (theirs.succeeded && kind != OperationKind::kVoid && !IsSettledThere()) {
      return;
    }
    Add(DifferenceClass::kMissingHere, kind, Remedy::kPark, &theirs,
        fmt::format("the provider has booked {} {} of {}; the payment is {} here and has no such "
                    "operation",
                    ToString(kind), OutcomeOf(theirs), ToString(theirs.amount), StateHere()));
  }

  // Held and lifted, or declined: no money and no hold, but we do not know of it.
  bool IsSettledThere() const {
    return SucceededThere(OperationKind::kCapture).empty() &&
           !SucceededThere(OperationKind::kVoid).empty();
  }

  // Each capture and each void takes one hold, the oldest first.
  void CompareHold() {
    const auto holds = SucceededThere(OperationKind::kAuthorize);
    const size_t taken = SucceededThere(OperationKind::kCapture).size() +
                         SucceededThere(OperationKind::kVoid).size();
    const bool unwanted =
        !books_.payment.has_value() || IsIn({PaymentState::kDeclined, PaymentState::kVoided});
    if (holds.size() <= taken || !unwanted ||
        now_ - holds[taken]->create_time < policy_.orphan_hold_age) {
      return;
    }
    const BookEntry& hold = *holds[taken];
    const Operation* lifted = Ours(OperationKind::kVoid);
    const bool was_lifted = lifted != nullptr && lifted->state == OperationState::kSucceeded;
    if (was_lifted && Theirs(OperationKind::kVoid) == nullptr) {
      return;  // the void is missing at the provider: found above
    }
    std::string_view because;
    if (lifted != nullptr) {
      because =
          was_lifted ? ", and its void has lifted another one" : ", and its void was declined";
    }
    Add(DifferenceClass::kOrphanHold, OperationKind::kAuthorize,
        lifted != nullptr ? Remedy::kPark : Remedy::kVoidHold, &hold,
        fmt::format("the provider holds {}; the payment is {} here{}", ToString(hold.amount),
                    StateHere(), because));
  }

  void CompareCapture() {
    const auto captures = SucceededThere(OperationKind::kCapture);
    const LedgerTransfer* booked = Ledger(OperationKind::kCapture);
    const Operation* ours = Ours(OperationKind::kCapture);
    if (captures.size() > 1) {
      Add(DifferenceClass::kDoubleCapture, OperationKind::kCapture, Remedy::kPark, captures.back(),
          fmt::format("the provider has captured the payment {} times, the last time {} under the "
                      "key '{}'",
                      captures.size(), ToString(captures.back()->amount),
                      captures.back()->idempotency_key));
      return;
    }
    if (booked == nullptr && ours != nullptr && ours->state == OperationState::kSucceeded) {
      Add(DifferenceClass::kLedgerDiffers, OperationKind::kCapture, Remedy::kPark, nullptr,
          "the capture succeeded here and is not in the ledger");
      return;
    }
    const bool captured_here = ours != nullptr && ours->state == OperationState::kSucceeded;
    if (booked != nullptr &&
        ((captures.empty() && !captured_here) || booked->amount != AmountHere())) {
      Add(DifferenceClass::kLedgerDiffers, OperationKind::kCapture, Remedy::kPark, nullptr,
          fmt::format("the ledger has captured {}, the provider {}; the payment is {} over {} here",
                      ToString(booked->amount),
                      captures.empty() ? "nothing" : ToString(captures.front()->amount),
                      StateHere(), ToString(AmountHere())));
    }
    if (booked != nullptr || captures.empty() || (ours != nullptr && IsOpen(ours->state))) {
      return;
    }
    const BookEntry& capture = *captures.front();
    Add(DifferenceClass::kCaptureNotInLedger, OperationKind::kCapture,
        MayRefund(capture) ? Remedy::kRefundCapture : Remedy::kPark, &capture,
        fmt::format("the provider has captured {}; the payment is {} here and the ledger has no "
                    "capture",
                    ToString(capture.amount), StateHere()));
  }

  // We gave the payment up, told its saga so, and know the whole of it.
  bool MayRefund(const BookEntry& capture) const {
    const Operation* ours = Ours(OperationKind::kCapture);
    const bool given_up =
        IsIn({PaymentState::kVoiding, PaymentState::kVoided, PaymentState::kDeclined}) ||
        (IsIn({PaymentState::kAuthorized}) && ours != nullptr);
    return given_up && IsOurs(capture) && capture.amount == books_.payment->amount &&
           Ours(OperationKind::kRefund) == nullptr &&
           SucceededThere(OperationKind::kRefund).empty();
  }

  void CompareRefund() {
    const auto refunds = SucceededThere(OperationKind::kRefund);
    const LedgerTransfer* booked = Ledger(OperationKind::kRefund);
    const Operation* ours = Ours(OperationKind::kRefund);
    if (booked == nullptr && ours != nullptr && ours->state == OperationState::kSucceeded) {
      Add(DifferenceClass::kLedgerDiffers, OperationKind::kRefund, Remedy::kPark, nullptr,
          "the refund succeeded here and is not in the ledger");
      return;
    }
    if (booked != nullptr || refunds.empty() || (ours != nullptr && IsOpen(ours->state))) {
      return;
    }
    Add(DifferenceClass::kRefundUnknownHere, OperationKind::kRefund, Remedy::kPark, refunds.front(),
        fmt::format("the provider has refunded {}; the payment is {} here and the ledger has no "
                    "refund",
                    ToString(refunds.front()->amount), StateHere()));
  }

  void ParkAllWhenOneIsParked() {
    const bool parked = std::any_of(found_.begin(), found_.end(), [](const Difference& difference) {
      return difference.remedy == Remedy::kPark;
    });
    for (Difference& difference : found_) {
      if (parked && difference.remedy != Remedy::kStoreOutcome) {
        difference.remedy = Remedy::kPark;
      }
    }
  }

  const BothBooks& books_;
  const Timestamp now_;
  const ReconciliationPolicy& policy_;
  std::vector<Difference> found_;
};

}  // namespace

std::vector<Difference> Compare(const BothBooks& books, Timestamp now,
                                const ReconciliationPolicy& policy) {
  return Comparison(books, now, policy).Run();
}

std::string ToString(DifferenceClass difference) {
  for (const auto& [known, name] : kClasses) {
    if (known == difference) {
      return std::string(name);
    }
  }
  return "";
}

std::optional<DifferenceClass> ParseDifferenceClass(std::string_view text) {
  for (const auto& [difference, name] : kClasses) {
    if (name == text) {
      return difference;
    }
  }
  return std::nullopt;
}

std::vector<DifferenceClass> AllDifferenceClasses() {
  std::vector<DifferenceClass> classes;
  for (const auto& [difference, name] : kClasses) {
    classes.push_back(difference);
  }
  return classes;
}

std::string ToString(Remedy remedy) {
  for (const auto& [known, name] : kRemedies) {
    if (known == remedy) {
      return std::string(name);
    }
  }
  return "";
}

std::optional<Remedy> ParseRemedy(std::string_view text) {
  for (const auto& [remedy, name] : kRemedies) {
    if (name == text) {
      return remedy;
    }
  }
  return std::nullopt;
}

}  // namespace orderflow::payment
