#include "libs/postgres/migration_text.h"

#include <algorithm>

#include "fmt/format.h"
#include "libs/base/status_macros.h"

namespace orderflow::postgres {
namespace {

// PostgreSQL cuts identifiers at 63 bytes.
constexpr size_t kIdentifierSizeMax = 63;

absl::Status CheckRole(std::string_view variable, std::string_view role) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  if (role.empty() || role.size() > kIdentifierSizeMax ||
      !std::all_of(role.begin(), role.end(), is_plain) || (role[0] >= '0' && role[0] <= '9')) {
    return absl::InvalidArgumentError(
        fmt::format("{} is \"{}\": a role name for migrations must be 1 to 63 characters of a-z "
                    "0-9 _, not starting "
                    "with a digit",
                    variable, role));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> SubstituteRoles(std::string_view sql, const MigrationTarget& target) {
  RETURN_IF_ERROR(CheckRole("runtime_role", target.runtime_role));
  RETURN_IF_ERROR(CheckRole("verify_role", target.verify_role));
  std::string text;
  for (;;) {
    const size_t begin = sql.find("${");
    if (begin == std::string_view::npos) {
      text += sql;
      return text;
    }
    const size_t end = sql.find('}', begin);
    if (end == std::string_view::npos) {
      return absl::InvalidArgumentError("migration has a ${ without its closing brace");
    }
    const std::string_view variable = sql.substr(begin + 2, end - begin - 2);
    text += sql.substr(0, begin);
    if (variable == "runtime_role") {
      text += target.runtime_role;
    } else if (variable == "verify_role") {
      text += target.verify_role;
    } else {
      return absl::InvalidArgumentError(fmt::format(
          "migration uses ${{{}}}: only ${{runtime_role}} and ${{verify_role}} are known",
          variable));
    }
    sql.remove_prefix(end + 1);
  }
}

absl::Status CheckVersions(const MigrationSet& set) {
  int expected = 1;
  for (const Migration& migration : set.migrations) {
    if (migration.version != expected) {
      return absl::InvalidArgumentError(
          fmt::format("migrations of {}: found version {} ({}) where {} is due; number the files "
                      "from 1 without gaps",
                      set.component, migration.version, migration.name, expected));
    }
    ++expected;
  }
  return absl::OkStatus();
}

}  // namespace orderflow::postgres
