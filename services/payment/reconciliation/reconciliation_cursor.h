#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"

namespace orderflow::payment {

// Where a run stands. As text "<start, microseconds>/<stage>/<key of the last one>".
struct ReconciliationCursor {
  enum class Stage { kBooks, kPayments };

  Timestamp start_time{};  // of the run, by the database's clock
  Stage stage = Stage::kBooks;
  std::string after{};  // a page token of the provider, or an order id; empty: from the beginning

  bool operator==(const ReconciliationCursor&) const = default;
};

std::string ToString(const ReconciliationCursor& cursor);
// kInvalidArgument: not a cursor of ours.
absl::StatusOr<ReconciliationCursor> ParseCursor(std::string_view text);

}  // namespace orderflow::payment
