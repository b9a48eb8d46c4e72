#include "libs/telemetry/trace_context.h"

#include <array>
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

// 16 digits. Every message gets a span of its own: no format string here.
std::string Hex(uint64_t value) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text(kSpanIdSize, '0');
  for (char& digit : text) {
    digit = kDigits[value & 0xf];
    value >>= 4;
  }
  return text;
}

// Not all zero.
std::string RandomHex() { return Hex(RandomNonZero()); }

// FNV-1a (RFC 9923). Not for security: it only has to tell the spans of one trace apart.
uint64_t HashOf(std::string_view text, uint64_t hash) {
  constexpr uint64_t kPrime = 0x100000001b3;
  for (const char c : text) {
    hash = (hash ^ static_cast<unsigned char>(c)) * kPrime;
  }
  return hash;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// A table: the comparisons of each digit were 1 to 1.5 % of the time of every process.
constexpr std::array<bool, 256> kIsLowerHex = [] {
  std::array<bool, 256> table{};
  for (const char c : std::string_view("0123456789abcdef")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();

bool IsLowerHex(std::string_view text) {
  bool all = true;
  for (const char c : text) {
    all &= kIsLowerHex[static_cast<unsigned char>(c)];
  }
  return all;
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
  return {.trace_id = RandomHex() + RandomHex(), .span_id = RandomHex(), .sampled = false};
}

TraceContext ChildOf(const TraceContext& parent) {
  return {.trace_id = parent.trace_id, .span_id = RandomHex(), .sampled = parent.sampled};
}

TraceContext ChildOf(const TraceContext& parent, std::string_view seed) {
  constexpr uint64_t kOffsetBasis = 0xcbf29ce484222325;
  const uint64_t hash = HashOf(seed, HashOf(parent.span_id, kOffsetBasis));
  return {
      .trace_id = parent.trace_id, .span_id = Hex(hash == 0 ? 1 : hash), .sampled = parent.sampled};
}

bool IsSampled(std::string_view traceparent) {
  return traceparent.size() >= kTraceparentSize &&
         (HexValue(traceparent[kFlagsStart + 1]) & 1) != 0;
}

bool IsTraceparent(std::string_view traceparent) {
  if (traceparent.size() < kTraceparentSize || traceparent[2] != '-' ||
      traceparent[kSpanIdStart - 1] != '-' || traceparent[kFlagsStart - 1] != '-') {
    return false;
  }
  // A later version may append fields, and its first ones mean the same; "ff" is forbidden.
  const std::string_view version = traceparent.substr(0, 2);
  const bool has_more = traceparent.size() > kTraceparentSize;
  if (!IsLowerHex(version) || version == "ff" || (version == "00" && has_more) ||
      (has_more && traceparent[kTraceparentSize] != '-')) {
    return false;
  }
  const std::string_view trace_id = traceparent.substr(kTraceIdStart, kTraceIdSize);
  const std::string_view span_id = traceparent.substr(kSpanIdStart, kSpanIdSize);
  return IsLowerHex(trace_id) && !IsAllZero(trace_id) && IsLowerHex(span_id) &&
         !IsAllZero(span_id) && IsLowerHex(traceparent.substr(kFlagsStart, kFlagsSize));
}

std::optional<TraceContext> ParseTraceparent(std::string_view traceparent) {
  if (!IsTraceparent(traceparent)) {
    return std::nullopt;
  }
  return TraceContext{.trace_id = std::string(traceparent.substr(kTraceIdStart, kTraceIdSize)),
                      .span_id = std::string(traceparent.substr(kSpanIdStart, kSpanIdSize)),
                      .sampled = IsSampled(traceparent)};
}

TraceContext ContinueTrace(std::string_view traceparent) {
  const auto parent = ParseTraceparent(traceparent);
  return parent ? ChildOf(*parent) : NewTrace();
}

std::string InTraceOf(const std::string& trace, std::string_view span) {
  std::optional<TraceContext> joined = ParseTraceparent(trace);
  const std::optional<TraceContext> own = ParseTraceparent(span);
  if (!joined || !own) {
    return trace;
  }
  joined->span_id = own->span_id;
  return joined->ToTraceparent();
}

bool IsSameTrace(std::string_view one, std::string_view other) {
  const std::optional<TraceContext> parsed = ParseTraceparent(one);
  const std::optional<TraceContext> other_parsed = ParseTraceparent(other);
  return parsed && other_parsed && parsed->trace_id == other_parsed->trace_id;
}

}  // namespace orderflow::telemetry
