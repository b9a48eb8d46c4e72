#include "libs/telemetry/metric_names.h"

#include <algorithm>
#include <array>

#include "fmt/format.h"

namespace orderflow::telemetry {
namespace {

constexpr std::string_view kTotal = "_total";

// Prometheus makes series with these endings of a histogram.
constexpr std::array<std::string_view, 3> kReserved = {"count", "sum", "bucket"};
constexpr std::array<std::string_view, 2> kUnitsWithoutPlural = {"ratio", "info"};
// What a base unit is there for.
constexpr std::array<std::string_view, 10> kNoBaseUnits = {
    "ms", "millis", "milliseconds", "microseconds", "nanoseconds",
    "us", "ns",     "minutes",      "hours",        "days"};

template <class Words>
bool Contains(const Words& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool IsLowerCase(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace

std::string UnitOf(std::string_view name) {
  if (name.ends_with(kTotal)) {
    name.remove_suffix(kTotal.size());
  }
  return std::string(name.substr(name.rfind('_') + 1));
}

std::string NamingProblem(std::string_view name, MetricType type) {
  if (!IsLowerCase(name) || name.find("__") != std::string_view::npos) {
    return "has lower case letters, digits and single underscores only";
  }
  if (!name.starts_with("orderflow_") && !name.starts_with("process_")) {
    return "begins with orderflow_";
  }
  if (name.ends_with(kTotal) != (type == MetricType::kCounter)) {
    return "ends in _total if, and only if, it is a counter's";
  }
  const std::string unit = UnitOf(name);
  if (Contains(kReserved, unit)) {
    return fmt::format("does not end in _{}, which a histogram's series do", unit);
  }
  if (Contains(kNoBaseUnits, unit)) {
    return fmt::format("has a base unit: seconds, not {}", unit);
  }
  if (!unit.ends_with('s') && !Contains(kUnitsWithoutPlural, unit)) {
    return "ends in its unit: seconds, bytes, ratio, info, or the plural of what is counted";
  }
  return "";
}

}  // namespace orderflow::telemetry
