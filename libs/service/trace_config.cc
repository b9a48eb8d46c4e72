#include "libs/service/trace_config.h"

namespace orderflow::service {
namespace {

constexpr double kSampleRatioDefault = 0.01;

}  // namespace

TraceConfig DeclareTraces(config::Settings& settings, bool for_customers) {
  TraceConfig traces;
  traces.endpoint = settings.String(
      "ORDERFLOW_TRACES_ENDPOINT",
      "http:// or https:// address of a collector that takes OTLP over HTTP, for example "
      "http://127.0.0.1:4318; spans go to its /v1/traces. Empty: no spans.",
      "");
  settings.Require(traces.endpoint.empty() || traces.endpoint.starts_with("http://") ||
                       traces.endpoint.starts_with("https://"),
                   "ORDERFLOW_TRACES_ENDPOINT must begin with http:// or https://");
  // It stands in logs, and a path is added to it.
  settings.Require(
      traces.endpoint.find_first_of("@?#") == std::string::npos,
      "ORDERFLOW_TRACES_ENDPOINT must have no user, query or fragment; a login belongs "
      "into the file of ORDERFLOW_TRACES_HEADERS_FILE");
  while (traces.endpoint.ends_with('/')) {
    traces.endpoint.pop_back();
  }
  traces.sample_ratio = settings.Ratio("ORDERFLOW_TRACES_SAMPLE_RATIO",
                                       "Share of the traces that begin here that is recorded; what "
                                       "others began is recorded when they say so.",
                                       kSampleRatioDefault);
  if (for_customers) {
    traces.trust_callers =
        settings.OneOf("ORDERFLOW_TRACES_TRUST_CALLERS",
                       "Whether clients say, by the sampled flag of their traceparent, which of "
                       "their calls are recorded. Otherwise only the ratio decides.",
                       "false", {"false", "true"}) == "true";
  }
  traces.headers_file = settings.String(
      "ORDERFLOW_TRACES_HEADERS_FILE",
      "File with HTTP headers for the collector, one \"name: value\" a line, for example a token; "
      "read for each request.",
      "");
  traces.authorities_file = settings.String("ORDERFLOW_TRACES_AUTHORITIES_FILE",
                                            "PEM file with the authorities that the collector's "
                                            "certificate must be signed by. Empty: those of the "
                                            "system.",
                                            "");
  return traces;
}

}  // namespace orderflow::service
