#include "services/payment/reconciliation/reconciliation_cursor.h"

#include <charconv>
#include <cstdint>

#include "fmt/format.h"
#include "libs/base/uuid.h"

namespace orderflow::payment {
namespace {

constexpr std::string_view kBooks = "books";
constexpr std::string_view kPayments = "payments";

}  // namespace

std::string ToString(const ReconciliationCursor& cursor) {
  return fmt::format("{}/{}/{}", cursor.start_time.time_since_epoch().count(),
                     cursor.stage == ReconciliationCursor::Stage::kBooks ? kBooks : kPayments,
                     cursor.after);
}

absl::StatusOr<ReconciliationCursor> ParseCursor(std::string_view text) {
  const absl::Status refused = absl::InvalidArgumentError(
      "this is not a cursor of a reconciliation run; begin with an empty one");
  const size_t first = text.find('/');
  const size_t second = first == std::string_view::npos ? first : text.find('/', first + 1);
  if (second == std::string_view::npos) {
    return refused;
  }
  int64_t start = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + first, start);
  const std::string_view stage = text.substr(first + 1, second - first - 1);
  if (error != std::errc() || end != text.data() + first || start < 0 ||
      (stage != kBooks && stage != kPayments)) {
    return refused;
  }
  ReconciliationCursor cursor;
  cursor.start_time = Timestamp(Duration(start));
  cursor.stage = stage == kBooks ? ReconciliationCursor::Stage::kBooks
                                 : ReconciliationCursor::Stage::kPayments;
  cursor.after = std::string(text.substr(second + 1));
  if (cursor.stage == ReconciliationCursor::Stage::kPayments && !cursor.after.empty() &&
      !IsUuid(cursor.after)) {
    return refused;
  }
  return cursor;
}

}  // namespace orderflow::payment
