#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/payment/domain/payment_batch.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::payment {

// Payments inside a transaction that the caller runs (port). No locks are taken: Store compares
// versions, and a payment that somebody else has changed since Load makes it fail with kAborted, so
// that the whole transaction runs again.
class PaymentStore {
 public:
  virtual ~PaymentStore() = default;

  // The payments of those orders that have one, with their operations.
  virtual absl::StatusOr<Payments> Load(postgres::Transaction& transaction,
                                        std::span<const OrderId> order_ids) = 0;

  // Writes changed payments, their new and changed operations, and ledger transfers: one statement
  // per table. kAborted: a payment has changed since it was loaded.
  virtual absl::Status Store(postgres::Transaction& transaction,
                             std::span<const PaymentChange> changes,
                             std::span<const LedgerTransfer> transfers) = 0;
};

struct UnknownOperations {
  int64_t count = 0;
  Duration oldest_age{0};
};

// An open operation that a hint is about.
struct HintedOperation {
  ProviderCall call;   // asks only
  Duration due_in{0};  // until the resolver would have asked by itself; negative: it is due
};

// Operations whose time has come, for the resolver (port). Runs its own transactions. Threadsafe.
class OpenOperations {
 public:
  virtual ~OpenOperations() = default;

  // Takes at most `limit` due operations, earliest first, for `lease`: nobody else gets them until
  // then. Safe in several processes (SKIP LOCKED).
  virtual absl::StatusOr<std::vector<ProviderCall>> ClaimDue(size_t limit, Duration lease) = 0;

  // Those of the named operations that are open. Takes nothing and changes nothing: whoever has an
  // operation keeps it.
  virtual absl::StatusOr<std::vector<HintedOperation>> FindOpen(
      std::span<const OperationKey> keys) = 0;

  virtual absl::StatusOr<UnknownOperations> CountUnknown() = 0;
};

struct PaymentFilter {
  CustomerId customer_id{};             // empty: any
  std::optional<PaymentState> state{};  // nothing: any
  OrderId before{};                     // only older payments than this one; empty: from the newest
  int limit = 0;
};

// Reads for the API (port). Threadsafe.
class PaymentReader {
 public:
  virtual ~PaymentReader() = default;
  // kNotFound naming the order.
  virtual absl::StatusOr<Payment> Get(const OrderId& order_id) = 0;
  // Newest first: order ids are UUIDv7 and thus sort by time.
  virtual absl::StatusOr<std::vector<Payment>> List(const PaymentFilter& filter) = 0;
};

}  // namespace orderflow::payment
