#include "libs/telemetry/trace_context.h"

#include <algorithm>
#include <cstdint>
#include <random>

namespace orderflow::telemetry {
namespace {

// version "-" trace id "-" parent id "-" flags
constexpr size_t kTraceIdStart = 3;
constexpr size_t kTraceIdSize = 32;
constexpr size_t kSpanIdStart = 36;
constexpr size_t kSpanIdSize = 16;
constexpr size_t kFlagsStart = 53;
constexpr size_t kFlagsSize = 2;
constexpr size_t kTraceparentSize = 55;

uint64_t RandomNonZero() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  uint64_t value = 0;
  while (value == 0) {
    value = generator();
  }
  return value;
}

// 16 digits, not all zero. Every message gets a span of its own: no format string here.
std::string RandomHex() {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kSpanIdSize, '0');
  uint64_t value = RandomNonZero();
  for (char& digit : text) {
    digit = kDigits[value & 0xf];
    value >>= 4;
  }
  return text;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return HexValue(c) >= 0; });
}

bool IsAllZero(std::string_view text) {
  return text.find_first_not_of('0') == std::string_view::npos;
}

}  // namespace

std::string TraceContext::ToTraceparent() const {
  std::string text;
  text.reserve(kTraceparentSize);
  text.append("00-").append(trace_id).append("-").append(span_id);
  text.append(sampled ? "-01" : "-00");
  return text;
}

TraceContext NewTrace() {
  return {.trace_id = RandomHex() + RandomHex(), .span_id = RandomHex(), .sampled = true};
}

TraceContext ChildOf(const TraceContext& parent) {
  return {.trace_id = parent.trace_id, .span_id = RandomHex(), .sampled = parent.sampled};
}

std::optional<TraceContext> ParseTraceparent(std::string_view traceparent) {
  if (traceparent.size() < kTraceparentSize || traceparent[2] != '-' ||
      traceparent[kSpanIdStart - 1] != '-' || traceparent[kFlagsStart - 1] != '-') {
    return std::nullopt;
  }
  // A later version may append fields, and its first ones mean the same; "ff" is forbidden.
  const std::string_view version = traceparent.substr(0, 2);
  const bool has_more = traceparent.size() > kTraceparentSize;
  if (!IsLowerHex(version) || version == "ff" || (version == "00" && has_more) ||
      (has_more && traceparent[kTraceparentSize] != '-')) {
    return std::nullopt;
  }
  const std::string_view trace_id = traceparent.substr(kTraceIdStart, kTraceIdSize);
  const std::string_view span_id = traceparent.substr(kSpanIdStart, kSpanIdSize);
  const std::string_view flags = traceparent.substr(kFlagsStart, kFlagsSize);
  if (!IsLowerHex(trace_id) || IsAllZero(trace_id) || !IsLowerHex(span_id) || IsAllZero(span_id) ||
      !IsLowerHex(flags)) {
    return std::nullopt;
  }
  return TraceContext{.trace_id = std::string(trace_id),
                      .span_id = std::string(span_id),
                      .sampled = (HexValue(flags[1]) & 1) != 0};
}

TraceContext ContinueTrace(std::string_view traceparent) {
  const auto parent = ParseTraceparent(traceparent);
  return parent ? ChildOf(*parent) : NewTrace();
}

}  // namespace orderflow::telemetry
