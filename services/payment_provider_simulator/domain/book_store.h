#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/payment_provider_simulator/domain/books.h"

namespace orderflow::payment_provider_simulator {

struct OperationFilter {
  std::vector<std::string> payment_references{};  // empty: of all
  std::string after_reference{};  // only later entries than this one; empty: from the oldest
  int limit = 0;
};

// Where the books are kept (port). Threadsafe.
class BookStore {
 public:
  virtual ~BookStore() = default;

  // Loads what the keys and payments concern, lets `decide` book into it, and stores what was
  // booked, in one transaction. `decide` may run more than once, each time on books read anew.
  // kUnavailable: nothing stored. kUnknown: in doubt; the same calls again find out.
  virtual absl::Status Update(std::span<const MerchantCall> calls,
                              const std::function<void(Books&)>& decide) = 0;

  // kNotFound naming the key.
  virtual absl::StatusOr<Operation> Find(const std::string& idempotency_key) = 0;

  // Oldest first.
  virtual absl::StatusOr<std::vector<Operation>> List(const OperationFilter& filter) = 0;
};

}  // namespace orderflow::payment_provider_simulator
