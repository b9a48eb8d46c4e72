#include "libs/tracing/otlp_json.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

namespace orderflow::tracing {
namespace {

using nlohmann::json;
using telemetry::Span;
// A tree of JSON costs ten times as much, and with every trace recorded an order has 25 spans.
using Writer = rapidjson::Writer<rapidjson::StringBuffer>;

constexpr char kScope[] = "orderflow";
constexpr int kStatusError = 2;
constexpr unsigned kSampledFlag = 1;
constexpr size_t kSpanBytes = 1000;  // about as many

// The writer takes bytes as they are: whatever a topic's key holds, the body is UTF-8.
void WriteText(Writer& writer, std::string_view text) {
  const bool is_ascii = std::all_of(text.begin(), text.end(),
                                    [](char c) { return static_cast<unsigned char>(c) < 128; });
  if (is_ascii) {
    writer.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
  } else {
    const std::string encoded =
        json(std::string(text)).dump(-1, ' ', false, json::error_handler_t::replace);
    writer.RawValue(encoded.data(), encoded.size(), rapidjson::kStringType);
  }
}

void WriteMember(Writer& writer, const char* name, std::string_view text) {
  writer.Key(name);
  WriteText(writer, text);
}

void WriteTime(Writer& writer, const char* name, Timestamp time) {
  const auto nanoseconds =
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch());
  WriteMember(writer, name, std::to_string(nanoseconds.count()));
}

void WriteAttribute(Writer& writer, std::string_view name, const Span::Value& value) {
  writer.StartObject();
  WriteMember(writer, "key", name);
  writer.Key("value");
  writer.StartObject();
  if (const auto* number = std::get_if<int64_t>(&value)) {
    WriteMember(writer, "intValue", std::to_string(*number));
  } else {
    WriteMember(writer, "stringValue", std::get<std::string>(value));
  }
  writer.EndObject();
  writer.EndObject();
}

void WriteLink(Writer& writer, const telemetry::TraceContext& link) {
  writer.Key("links");
  writer.StartArray();
  writer.StartObject();
  WriteMember(writer, "traceId", link.trace_id);
  WriteMember(writer, "spanId", link.span_id);
  writer.EndObject();
  writer.EndArray();
}

void WriteError(Writer& writer, const std::string& error) {
  writer.Key("status");
  writer.StartObject();
  writer.Key("code");
  writer.Int(kStatusError);
  WriteMember(writer, "message", error);
  writer.EndObject();
}

void WriteSpan(Writer& writer, const Span& span) {
  writer.StartObject();
  WriteMember(writer, "traceId", span.context.trace_id);
  WriteMember(writer, "spanId", span.context.span_id);
  if (!span.parent_span_id.empty()) {
    WriteMember(writer, "parentSpanId", span.parent_span_id);
  }
  writer.Key("flags");
  writer.Uint(kSampledFlag);
  WriteMember(writer, "name", span.name);
  writer.Key("kind");
  writer.Int(static_cast<int>(span.kind));
  WriteTime(writer, "startTimeUnixNano", span.start);
  WriteTime(writer, "endTimeUnixNano", span.end);
  writer.Key("attributes");
  writer.StartArray();
  for (const auto& [name, value] : span.attributes) {
    WriteAttribute(writer, name, value);
  }
  writer.EndArray();
  if (span.link) {
    WriteLink(writer, *span.link);
  }
  if (!span.error.empty()) {
    WriteError(writer, span.error);
  }
  writer.EndObject();
}

void WriteResource(Writer& writer, const Resource& resource) {
  writer.Key("resource");
  writer.StartObject();
  writer.Key("attributes");
  writer.StartArray();
  WriteAttribute(writer, "service.name", resource.service);
  WriteAttribute(writer, "service.instance.id", resource.instance);
  WriteAttribute(writer, "service.version", resource.version);
  writer.EndArray();
  writer.EndObject();
}

void WriteScope(Writer& writer, std::span<const Span> spans) {
  writer.StartObject();
  writer.Key("scope");
  writer.StartObject();
  WriteMember(writer, "name", kScope);
  writer.EndObject();
  writer.Key("spans");
  writer.StartArray();
  for (const Span& span : spans) {
    WriteSpan(writer, span);
  }
  writer.EndArray();
  writer.EndObject();
}

}  // namespace

std::string EncodeSpans(const Resource& resource, std::span<const Span> spans) {
  rapidjson::StringBuffer buffer;
  buffer.Reserve((spans.size() + 1) * kSpanBytes);
  Writer writer(buffer);
  writer.StartObject();
  writer.Key("resourceSpans");
  writer.StartArray();
  writer.StartObject();
  WriteResource(writer, resource);
  writer.Key("scopeSpans");
  writer.StartArray();
  WriteScope(writer, spans);
  writer.EndArray();
  writer.EndObject();
  writer.EndArray();
  writer.EndObject();
  return {buffer.GetString(), buffer.GetSize()};
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
