#include "libs/telemetry/metric_table.h"

#include "fmt/format.h"
#include "libs/telemetry/metric_names.h"

namespace orderflow::telemetry {
namespace {

const char* NameOf(MetricType type) {
  switch (type) {
    case MetricType::kCounter:
      return "counter";
    case MetricType::kGauge:
      return "gauge";
    case MetricType::kHistogram:
      return "histogram";
  }
  return "";
}

}  // namespace

std::string MetricTable(const std::vector<MetricDescription>& metrics) {
  std::string table =
      "| Metric | Type | Unit | Labels | Meaning |\n| --- | --- | --- | --- | --- |\n";
  for (const MetricDescription& metric : metrics) {
    std::string labels;
    for (const std::string& label : metric.labels) {
      labels += fmt::format("{}`{}`", labels.empty() ? "" : ", ", label);
    }
    table += fmt::format("| `{}` | {} | {} | {} | {} |\n", metric.name, NameOf(metric.type),
                         UnitOf(metric.name), labels, metric.help);
  }
  return table;
}

}  // namespace orderflow::telemetry
