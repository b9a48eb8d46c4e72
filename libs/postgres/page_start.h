#pragma once

#include <string_view>

namespace orderflow::postgres {

// Where the first page of a list by a uuid begins: a comparison with these is true for every id, as
// no id of ours is all zeros or all ones. A page that begins "where $1 IS NULL OR id > $1" would
// read all rows before it: the plan serves every value of $1, so it cannot start in the index.
inline constexpr std::string_view kBeforeEveryId = "00000000-0000-0000-0000-000000000000";
inline constexpr std::string_view kAfterEveryId = "ffffffff-ffff-ffff-ffff-ffffffffffff";

// The id behind which an ascending list goes on; empty: it begins.
inline std::string_view AfterOrFirst(std::string_view after) {
  return after.empty() ? kBeforeEveryId : after;
}
// The id before which a descending list goes on; empty: it begins.
inline std::string_view BeforeOrLast(std::string_view before) {
  return before.empty() ? kAfterEveryId : before;
}

}  // namespace orderflow::postgres
