#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/payment/domain/reconciliation.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::payment {

// Who has a run close differences, and why. Recorded with each of them.
struct ReconciliationMandate {
  std::string request_id{};  // UUID text of a person's run; empty: the run in the background
  std::string actor{};
  std::string reason{};
};

// No person may go by this name.
inline constexpr char kReconcilerActor[] = "reconciler";
inline ReconciliationMandate BackgroundMandate() {
  return {.request_id = "",
          .actor = kReconcilerActor,
          .reason = "its rule applies; met by the run in the background"};
}

// The record of one difference that its rule has closed. Never changed or deleted.
struct ReconciliationAction {
  std::string action_id{};  // UUID version 7
  ReconciliationMandate mandate{};
  Difference difference{};  // entry and version are not kept, but the entry's reference
  std::string provider_reference{};
  std::string effects{};  // what was changed and sent
  Timestamp create_time{};
};

struct ReconciliationActionFilter {
  std::string payment_reference{};  // empty: of all payments
  std::string before{};             // only older actions than this id; empty: from the newest
  int limit = 0;
};

// Records of what runs have done (port). Threadsafe.
class ReconciliationActions {
 public:
  virtual ~ReconciliationActions() = default;
  // In the caller's transaction, which is the one that does it.
  virtual absl::Status Append(postgres::Transaction& transaction,
                              std::span<const ReconciliationAction> actions) = 0;
  // Newest first.
  virtual absl::StatusOr<std::vector<ReconciliationAction>> List(
      const ReconciliationActionFilter& filter) = 0;
};

}  // namespace orderflow::payment
