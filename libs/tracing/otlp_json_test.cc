// Proves that a request has the field names and forms of the OpenTelemetry protocol's JSON, and
// what of a collector's answer is understood. (e2e_traces parses requests with the protocol's own
// definitions.)
#include "libs/tracing/otlp_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

namespace orderflow::tracing {
namespace {

using nlohmann::json;
using telemetry::Span;
using telemetry::SpanKind;

Span ASpan() {
  return {
      .name = "publish order.events",
      .kind = SpanKind::kProducer,
      .context = {.trace_id = "4bf92f3577b34da6a3ce929d0e0e4736", .span_id = "00f067aa0ba902b7"},
      .parent_span_id = "1111111111111111",
      .start = Timestamp(std::chrono::microseconds(1'700'000'000'000'001)),
      .end = Timestamp(std::chrono::microseconds(1'700'000'000'500'000)),
      .attributes = {{"messaging.system", "kafka"}, {"messaging.kafka.offset", int64_t{42}}}};
}

json Encoded(const std::vector<Span>& spans) {
  return json::parse(
      EncodeSpans({.service = "order-service", .instance = "host:1", .version = "1.0"}, spans));
}

json FirstSpan(const Span& span) {
  return Encoded({span})["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
}

TEST(EncodeSpans, WritesASpanAsTheProtocolDoes) {
  EXPECT_EQ(FirstSpan(ASpan()), json::parse(R"({
    "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
    "spanId": "00f067aa0ba902b7",
    "parentSpanId": "1111111111111111",
    "flags": 1,
    "name": "publish order.events",
    "kind": 4,
    "startTimeUnixNano": "1700000000000001000",
    "endTimeUnixNano": "1700000000500000000",
    "attributes": [
      {"key": "messaging.system", "value": {"stringValue": "kafka"}},
      {"key": "messaging.kafka.offset", "value": {"intValue": "42"}}
    ]})"));
}

TEST(EncodeSpans, SaysWhoseSpansTheyAreOnce) {
  const json body = Encoded({ASpan(), ASpan(), ASpan()});

  ASSERT_EQ(body["resourceSpans"].size(), 1u);
  EXPECT_EQ(body["resourceSpans"][0]["resource"], json::parse(R"({"attributes": [
      {"key": "service.name", "value": {"stringValue": "order-service"}},
      {"key": "service.instance.id", "value": {"stringValue": "host:1"}},
      {"key": "service.version", "value": {"stringValue": "1.0"}}]})"));
  EXPECT_EQ(body["resourceSpans"][0]["scopeSpans"][0]["scope"]["name"], "orderflow");
  EXPECT_EQ(body["resourceSpans"][0]["scopeSpans"][0]["spans"].size(), 3u);
}

TEST(EncodeSpans, AFirstSpanHasNoParentAndAFailedOneAStatus) {
  Span span = ASpan();
  span.parent_span_id.clear();
  span.error = "UNAVAILABLE";
  span.link = {.trace_id = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", .span_id = "bbbbbbbbbbbbbbbb"};

  const json encoded = FirstSpan(span);

  EXPECT_FALSE(encoded.contains("parentSpanId"));
  EXPECT_EQ(encoded["status"], json::parse(R"({"code": 2, "message": "UNAVAILABLE"})"));
  EXPECT_EQ(encoded["links"], json::parse(R"([{"traceId": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                               "spanId": "bbbbbbbbbbbbbbbb"}])"));
}

TEST(EncodeSpans, WhateverBytesAValueHasTheBodyIsJson) {
  Span span = ASpan();
  span.attributes = {{"key", std::string("\xff\"\n", 3)}};

  EXPECT_TRUE(json::accept(
      EncodeSpans({.service = "s", .instance = "i", .version = "v"}, std::vector<Span>{span})));
}

TEST(RefusedSpans, ReadsWhatTheCollectorDidNotTake) {
  EXPECT_EQ(RefusedSpans(""), 0);
  EXPECT_EQ(RefusedSpans("{}"), 0);
  EXPECT_EQ(RefusedSpans(R"({"partialSuccess": {}})"), 0);
  EXPECT_EQ(RefusedSpans(R"({"partialSuccess": {"rejectedSpans": "3", "errorMessage": "no"}})"), 3);
  EXPECT_EQ(RefusedSpans(R"({"partialSuccess": {"rejectedSpans": 3}})"), 3);
}

TEST(RefusedSpans, KnowsWhoIsNoCollector) {
  for (const char* answer : {"<html>", "[]", "ok", "{\"partial", "\xff"}) {
    EXPECT_FALSE(RefusedSpans(answer).has_value()) << answer;
  }
}

}  // namespace
}  // namespace orderflow::tracing
