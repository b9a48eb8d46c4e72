#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "libs/telemetry/span.h"

namespace orderflow::tracing {

// Whose spans they are.
struct Resource {
  std::string service;   // "order-service"
  std::string instance;  // its name in logs
  std::string version;
};

// The body of a request to /v1/traces of the OpenTelemetry protocol 1.x, in its JSON form: ids as
// hexadecimal text, times and 64 bit numbers as decimal text, enumerations as numbers. Pure.
std::string EncodeSpans(const Resource& resource, std::span<const telemetry::Span> spans);

// How many spans of a request a collector refused, from the body of its answer with status 200.
// Nothing: it is no such answer, so whoever gave it is no collector. Pure.
std::optional<int64_t> RefusedSpans(std::string_view answer);

}  // namespace orderflow::tracing
