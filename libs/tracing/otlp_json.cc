#include "libs/tracing/otlp_json.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace orderflow::tracing {
namespace {

using nlohmann::json;
using telemetry::Span;

constexpr char kScope[] = "orderflow";
constexpr int kStatusError = 2;
constexpr size_t kSpanBytes = 1000;  // about as many

// The texts of spans are ids and names nearly always: only what is not plain goes the long way,
// and whatever bytes a topic's key holds come out as JSON.
void AppendText(std::string_view text, std::string& out) {
  const bool is_plain = std::all_of(text.begin(), text.end(), [](char c) {
    return c >= ' ' && c <= '~' && c != '"' && c != '\\';
  });
  if (is_plain) {
    out.append("\"").append(text).append("\"");
  } else {
    out += json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
  }
}

// `name` is one of ours, with all that stands before the value.
void AppendMember(std::string_view name, std::string_view text, std::string& out) {
  out += name;
  AppendText(text, out);
}

void AppendTime(std::string_view name, Timestamp time, std::string& out) {
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  out.append(name).append("\"").append(std::to_string(nanoseconds.count())).append("\"");
}

void AppendAttribute(std::string_view name, const Span::Value& value, std::string& out) {
  AppendMember(R"({"key":)", name, out);
  if (const auto* number = std::get_if<int64_t>(&value)) {
    AppendMember(R"(,"value":{"intValue":)", std::to_string(*number), out);
  } else {
    AppendMember(R"(,"value":{"stringValue":)", std::get<std::string>(value), out);
  }
  out += "}}";
}

// Trees of a JSON library cost ten times as much, and with every trace recorded an order has 25 of
// these.
void AppendSpan(const Span& span, std::string& out) {
  AppendMember(R"({"traceId":)", span.context.trace_id, out);
  AppendMember(R"(,"spanId":)", span.context.span_id, out);
  if (!span.parent_span_id.empty()) {
    AppendMember(R"(,"parentSpanId":)", span.parent_span_id, out);
  }
  AppendMember(R"(,"flags":1,"name":)", span.name, out);  // sampled
  out.append(R"(,"kind":)").append(std::to_string(static_cast<int>(span.kind)));
  AppendTime(R"(,"startTimeUnixNano":)", span.start, out);
  AppendTime(R"(,"endTimeUnixNano":)", span.end, out);
  out += R"(,"attributes":[)";
  for (const auto& [name, value] : span.attributes) {
    out += out.back() == '[' ? "" : ",";
    AppendAttribute(name, value, out);
  }
  out += "]";
  if (span.link) {
    AppendMember(R"(,"links":[{"traceId":)", span.link->trace_id, out);
    AppendMember(R"(,"spanId":)", span.link->span_id, out);
    out += "}]";
  }
  if (!span.error.empty()) {
    out.append(R"(,"status":{"code":)").append(std::to_string(kStatusError));
    AppendMember(R"(,"message":)", span.error, out);
    out += "}";
  }
  out += "}";
}

}  // namespace

std::string EncodeSpans(const Resource& resource, std::span<const Span> spans) {
  std::string out;
  out.reserve((spans.size() + 1) * kSpanBytes);
  out += R"({"resourceSpans":[{"resource":{"attributes":[)";
  AppendAttribute("service.name", resource.service, out);
  out += ",";
  AppendAttribute("service.instance.id", resource.instance, out);
  out += ",";
  AppendAttribute("service.version", resource.version, out);
  AppendMember(R"(]},"scopeSpans":[{"scope":{"name":)", kScope, out);
  out += R"(},"spans":[)";
  for (const Span& span : spans) {
    out += out.back() == '[' ? "" : ",";
    AppendSpan(span, out);
  }
  out += "]}]}]}";
  return out;
}

std::optional<int64_t> RefusedSpans(std::string_view answer) {
  if (answer.empty()) {
    return 0;
  }
  const json parsed = json::parse(answer, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return std::nullopt;
  }
  const auto partial = parsed.find("partialSuccess");
  if (partial == parsed.end() || !partial->is_object()) {
    return 0;
  }
  const auto refused = partial->find("rejectedSpans");
  if (refused == partial->end()) {
    return 0;
  }
  if (refused->is_number_integer()) {
    return refused->get<int64_t>();
  }
  int64_t count = 0;
  if (refused->is_string()) {
    const auto& text = refused->get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), count);
  }
  return count;
}

}  // namespace orderflow::tracing
