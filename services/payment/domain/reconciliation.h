#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "libs/base/clock.h"
#include "services/payment/domain/ledger.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// One entry of the provider's books.
struct BookEntry {
  std::string reference{};
  std::string idempotency_key{};
  std::string payment_reference{};
  OperationKind kind = OperationKind::kAuthorize;
  bool succeeded = false;
  std::string decline_code{};
  Money amount{};
  Timestamp create_time{};

  bool operator==(const BookEntry&) const = default;
};

// What both sides say about one payment.
struct BothBooks {
  std::string payment_reference{};  // as the provider has it: the order id
  std::optional<Payment> payment{};
  std::vector<LedgerTransfer> transfers{};
  std::vector<BookEntry> entries{};  // the provider's, oldest first
};

// How the two sides can differ.
enum class DifferenceClass {
  kMissingHere,         // booked there; we have never asked for it
  kMissingAtProvider,   // succeeded here; the provider has never booked it
  kAmountDiffers,       // booked with another amount than ours
  kStateDiffers,        // declined on one side, succeeded on the other
  kOutcomeUnknownHere,  // open here, booked there
  kOrphanHold,          // held there; rejected, voided or never asked for here
  kCaptureNotInLedger,  // captured there; our ledger has no capture
  kDoubleCapture,       // captured there more than once
  kRefundUnknownHere,   // refunded there; our ledger has no refund
  kLedgerDiffers,       // our ledger contradicts our own operations
};

// What closes a difference.
enum class Remedy {
  kPark,           // nothing: a person decides
  kStoreOutcome,   // the entry is the answer to a look-up by key
  kVoidHold,       // a void under the key of the order's void
  kRefundCapture,  // book the capture, and a refund under the key of the order's refund
  kSendAgain,      // the same operation under the same key, as the resolver does it
};

// One difference, and what the rule for it is.
struct Difference {
  std::string payment_reference{};
  DifferenceClass difference = DifferenceClass::kMissingHere;
  OperationKind kind = OperationKind::kAuthorize;
  Remedy remedy = Remedy::kPark;
  std::string reason{};              // one sentence: both sides, and why it is parked
  int64_t payment_version = 0;       // of our payment when it was compared; 0: there was none
  std::optional<BookEntry> entry{};  // the provider's side, if there is one

  bool operator==(const Difference&) const = default;
};

struct ReconciliationPolicy {
  // A payment that either side has changed more recently than this is under way, not different.
  Duration settle_time{std::chrono::minutes(1)};
  // How long a hold that nobody here wants may stand before it is voided.
  Duration orphan_hold_age{std::chrono::minutes(15)};
};

// Every difference of one payment; none while it is under way. Closed by rule is what can only
// give money back or store what the provider has answered; whatever would take money, or needs to
// know what really happened, is parked. One parked difference parks all others of its payment but
// the outcomes: its books are not understood. Pure.
//
// Read our side before the provider's: then a change in between shows as a recent entry.
std::vector<Difference> Compare(const BothBooks& books, Timestamp now,
                                const ReconciliationPolicy& policy);

// Names as stored and shown: "ORPHAN_HOLD", "VOID_HOLD".
std::string ToString(DifferenceClass difference);
std::string ToString(Remedy remedy);
std::optional<DifferenceClass> ParseDifferenceClass(std::string_view text);
std::optional<Remedy> ParseRemedy(std::string_view text);
// Every class, for metrics.
std::vector<DifferenceClass> AllDifferenceClasses();

}  // namespace orderflow::payment
