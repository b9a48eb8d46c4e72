// Only in builds with ORDERFLOW_PLANTED_BUGS.
#include "libs/base/planted_bug.h"

#include <cstdlib>
#include <optional>
#include <string_view>

#include "libs/base/invariant.h"

namespace orderflow {
namespace {

std::optional<PlantedBug> ActivatedBug() {
  const char* activated = std::getenv("ORDERFLOW_PLANTED_BUG");
  if (activated == nullptr) {
    return std::nullopt;
  }
#define ORDERFLOW_FIND(name)                  \
  if (std::string_view(activated) == #name) { \
    return PlantedBug::k##name;               \
  }
  ORDERFLOW_PLANTED_BUG_NAMES(ORDERFLOW_FIND)
#undef ORDERFLOW_FIND
  INVARIANT(false, "ORDERFLOW_PLANTED_BUG names no planted bug");
  return std::nullopt;
}

}  // namespace

bool IsPlanted(PlantedBug bug) {
  static const std::optional<PlantedBug> activated = ActivatedBug();
  return activated == bug;
}

}  // namespace orderflow
