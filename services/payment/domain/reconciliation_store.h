#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/domain/reconciliation.h"
#include "services/payment/domain/reconciliation_action.h"

namespace orderflow::payment {

// A page of the provider's books.
struct BooksPage {
  std::vector<BookEntry> entries;
  std::string next_page_token;  // empty: the last page
};

// The provider's books (port). Blocks, each call with a deadline. Threadsafe.
class ProviderBooks {
 public:
  virtual ~ProviderBooks() = default;
  // Oldest entries first, from where `page_token` (empty: the beginning) ended.
  virtual absl::StatusOr<BooksPage> List(const std::string& page_token) = 0;
  // Every entry of at most kOrdersPerLookUp orders, oldest first.
  virtual absl::StatusOr<std::vector<BookEntry>> ListOf(std::span<const OrderId> order_ids) = 0;

  static constexpr size_t kOrdersPerLookUp = 200;
};

// Our side of some orders.
struct OurBooks {
  Payments payments;
  std::map<OrderId, std::vector<LedgerTransfer>> transfers;
};

// Our payments as the reconciler goes through them (port). Runs its own transactions. Threadsafe.
class PaymentBooks {
 public:
  virtual ~PaymentBooks() = default;
  // The orders of at most `limit` payments that come after `after`, in the order of their ids.
  virtual absl::StatusOr<std::vector<OrderId>> ListOrders(const OrderId& after, size_t limit) = 0;
  // Those of the orders that have no payment.
  virtual absl::StatusOr<std::vector<OrderId>> WithoutPayment(
      std::span<const OrderId> order_ids) = 0;
  virtual absl::StatusOr<OurBooks> Load(std::span<const OrderId> order_ids) = 0;
};

// A parked difference. Kept for good: it is closed when a complete run does not see it any more.
struct Finding {
  std::string finding_id{};  // UUID text
  Difference difference{};   // remedy, entry and version are not kept, but the entry's reference
  std::string provider_reference{};
  Timestamp first_seen_time{};
  Timestamp last_seen_time{};
  std::optional<Timestamp> close_time{};
};

struct FindingFilter {
  std::optional<DifferenceClass> difference{};  // nothing: any
  bool with_closed = false;
  std::string before{};  // only older findings than this id; empty: from the newest
  int limit = 0;
};

// Where the background run stands, and the right to go on with it.
struct RunLease {
  int64_t epoch = 0;   // raised with each claim
  std::string cursor;  // empty: at the beginning
};

struct ReconciliationFigures {
  int64_t open_findings = 0;
  std::optional<Duration> last_complete_age{};  // nothing: there was no complete run yet
};

// Findings, and the progress of the background run (port). Threadsafe.
class ReconciliationStore {
 public:
  virtual ~ReconciliationStore() = default;

  // The database's time, which findings are stamped with.
  virtual absl::StatusOr<Timestamp> Now() = 0;

  // In the caller's transaction: makes findings, or notes that they were seen again.
  virtual absl::Status Record(postgres::Transaction& transaction,
                              std::span<const Finding> findings) = 0;
  // In the caller's transaction: closes what was not seen since `start`.
  virtual absl::Status CloseUnseen(postgres::Transaction& transaction, Timestamp start) = 0;

  // Takes the background run over when one is due (`interval` after the last complete one, or left
  // behind) and nobody holds it.
  virtual absl::StatusOr<std::optional<RunLease>> Claim(Duration interval, Duration lease) = 0;
  // In the caller's transaction: moves the run on (an empty cursor: complete) and renews the lease.
  // kFailedPrecondition fails the transaction when somebody else has taken the run over.
  virtual absl::Status Advance(postgres::Transaction& transaction, const RunLease& held,
                               const std::string& cursor, Duration lease) = 0;

  virtual absl::StatusOr<ReconciliationFigures> Measure() = 0;
};

// Findings for the API (port). Threadsafe.
class FindingReader {
 public:
  virtual ~FindingReader() = default;
  // Newest first.
  virtual absl::StatusOr<std::vector<Finding>> List(const FindingFilter& filter) = 0;
};

// What was done about a difference.
enum class Closure {
  kParked,   // a finding
  kClosed,   // its rule was applied
  kWaiting,  // the payment has changed meanwhile; the next run looks again
  kPlanned,  // dry run: its rule would be applied
};

struct ReconciledDifference {
  Difference difference;
  Closure closure = Closure::kParked;
  std::string effects{};  // what its rule has, or in a dry run would have, changed and sent
};

// A stretch of a run.
struct ReconciliationStretch {
  int64_t payments_compared = 0;
  std::vector<ReconciledDifference> differences;
  std::string next_cursor;  // empty: the run is complete
};

// Compares both books (port). Threadsafe.
class Reconciliation {
 public:
  virtual ~Reconciliation() = default;
  // Goes on from `cursor` (empty: the beginning) for one stretch. Without a mandate it is a dry
  // run, which changes nothing. kInvalidArgument: not a cursor of ours.
  virtual absl::StatusOr<ReconciliationStretch> Run(
      const std::string& cursor, const std::optional<ReconciliationMandate>& mandate) = 0;
};

}  // namespace orderflow::payment
