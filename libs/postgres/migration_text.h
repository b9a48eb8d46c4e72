#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/postgres/migrations.h"

namespace orderflow::postgres {

// `sql` with ${runtime_role} and ${verify_role} replaced by the target's role names. The names go
// into SQL as they are, so anything but a plain identifier is kInvalidArgument, as is any other
// ${...}. Pure.
absl::StatusOr<std::string> SubstituteRoles(std::string_view sql, const MigrationTarget& target);

// OK when versions count from 1 without gaps. Pure.
absl::Status CheckVersions(const MigrationSet& set);

}  // namespace orderflow::postgres
