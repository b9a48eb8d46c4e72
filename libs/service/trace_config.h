#pragma once

#include <string>

#include "libs/config/settings.h"

namespace orderflow::service {

// Which traces are recorded, and where their spans go.
struct TraceConfig {
  std::string endpoint{};  // http(s)://host:port of an OTLP/HTTP collector; empty: tracing is off
  double sample_ratio = 0;
  bool trust_callers = false;  // of a public API
  std::string headers_file{};
  std::string authorities_file{};
};

// `for_customers`: declares whether they are trusted, too.
TraceConfig DeclareTraces(config::Settings& settings, bool for_customers);

}  // namespace orderflow::service
