#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "libs/base/clock.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::telemetry {

// What a span was to the others of its trace. The numbers are those of OpenTelemetry.
enum class SpanKind { kServer = 2, kClient = 3, kProducer = 4, kConsumer = 5 };

// A piece of work that has ended, as OpenTelemetry describes it. It is put together when it is
// over: who works passes contexts on, and only who records needs this.
//
// Never holds what a person is known by: no ids of customers, addresses, tokens, amounts or texts
// of errors, which may quote any of them. Order ids are allowed.
struct Span {
  using Value = std::variant<std::string, int64_t>;

  std::string name;
  SpanKind kind = SpanKind::kServer;
  TraceContext context;                // its own id, which others name as their parent
  std::string parent_span_id;          // empty: the first of its trace
  std::optional<TraceContext> link{};  // a span of another trace that it belongs to as well
  Timestamp start;
  Timestamp end;
  std::string error{};  // a code such as "UNAVAILABLE"; empty: it did not fail
  std::vector<std::pair<std::string, Value>> attributes{};
};

// Names of attributes: those of OpenTelemetry's semantic conventions where it has one.
inline constexpr char kAttributeOrderId[] = "orderflow.order_id";
inline constexpr char kAttributeRpcSystem[] = "rpc.system";
inline constexpr char kAttributeRpcService[] = "rpc.service";
inline constexpr char kAttributeRpcMethod[] = "rpc.method";
inline constexpr char kAttributeRpcStatus[] = "rpc.grpc.status_code";
inline constexpr char kAttributeMessagingSystem[] = "messaging.system";
inline constexpr char kAttributeMessagingDestination[] = "messaging.destination.name";
inline constexpr char kAttributeMessagingOperation[] = "messaging.operation.type";
inline constexpr char kAttributeMessagingOperationName[] = "messaging.operation.name";
inline constexpr char kAttributeMessagingMessageId[] = "messaging.message.id";
inline constexpr char kAttributeMessagingGroup[] = "messaging.consumer.group.name";
inline constexpr char kAttributeMessagingPartition[] = "messaging.destination.partition.id";
inline constexpr char kAttributeMessagingOffset[] = "messaging.kafka.offset";

}  // namespace orderflow::telemetry
