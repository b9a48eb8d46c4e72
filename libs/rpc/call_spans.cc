#include "libs/rpc/call_spans.h"

#include <google/protobuf/descriptor.h>

#include <utility>

#include "libs/telemetry/span.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::rpc {
namespace {

using telemetry::Span;
using telemetry::SpanKind;
using telemetry::TraceContext;

Timestamp Now() { return SystemClock().Now(); }

// What OpenTelemetry counts as an error of whoever answers; the others are the caller's.
bool IsServersFault(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kUnimplemented:
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDataLoss:
      return true;
    default:
      return false;
  }
}

Span CallSpan(SpanKind kind, const std::string& service, const std::string& method,
              absl::StatusCode code) {
  Span span{.name = service.empty() ? method : service + "/" + method,
            .kind = kind,
            .context = {},
            .parent_span_id = "",
            .start = {},
            .end = Now(),
            .attributes = {{telemetry::kAttributeRpcSystem, "grpc"},
                           {telemetry::kAttributeRpcMethod, method},
                           {telemetry::kAttributeRpcStatus, static_cast<int64_t>(code)}}};
  if (!service.empty()) {
    span.attributes.emplace_back(telemetry::kAttributeRpcService, service);
  }
  const bool failed =
      kind == SpanKind::kServer ? IsServersFault(code) : code != absl::StatusCode::kOk;
  if (failed) {
    span.error = absl::StatusCodeToString(code);
  }
  return span;
}

void AddOrderId(const std::string& order_id, Span& span) {
  if (!order_id.empty()) {
    span.attributes.emplace_back(telemetry::kAttributeOrderId, order_id);
  }
}

}  // namespace

std::map<std::string, std::string, std::less<>> ServicesByMethod(
    const std::vector<std::string>& services) {
  std::map<std::string, std::string, std::less<>> names;
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; service != nullptr && i < service->method_count(); ++i) {
      names.emplace(service->method(i)->name(), name);
    }
  }
  return names;
}

ServerSpan::ServerSpan(const CallTracing* tracing, std::string_view traceparent)
    : tracing_(tracing != nullptr && tracing->tracer != nullptr && tracing->tracer->enabled()
                   ? tracing
                   : nullptr) {
  const std::optional<TraceContext> parent = telemetry::ParseTraceparent(traceparent);
  if (tracing_ == nullptr && parent) {
    context_ = *parent;
    // Others may record: not because a stranger says so.
    context_.sampled = parent->sampled && (tracing == nullptr || tracing->trusts_callers);
    return;
  }
  context_ = parent ? telemetry::ChildOf(*parent) : telemetry::NewTrace();
  if (tracing_ == nullptr) {
    return;
  }
  if (!parent) {
    context_.sampled = tracing_->tracer->Samples(context_.trace_id);
  } else if (!tracing_->trusts_callers) {
    // Not by the trace id: the caller has chosen it.
    context_.sampled = tracing_->tracer->Samples(context_.span_id);
  }
  // A caller that records nothing has no span that this one could hang from.
  parent_span_id_ = parent && parent->sampled ? parent->span_id : "";
  start_ = Now();
}

void ServerSpan::MoveTo(std::string_view traceparent) {
  const std::optional<TraceContext> parent = telemetry::ParseTraceparent(traceparent);
  // Of this span itself it already is a part.
  if (tracing_ == nullptr || !parent || parent->span_id == context_.span_id) {
    return;
  }
  if (!parent_span_id_.empty() && parent->trace_id != context_.trace_id) {
    link_ = TraceContext{.trace_id = context_.trace_id, .span_id = parent_span_id_};
  }
  context_.trace_id = parent->trace_id;
  context_.sampled = parent->sampled;
  parent_span_id_ = parent->span_id;
}

void ServerSpan::SetOrderId(const std::string& order_id) {
  if (tracing_ != nullptr) {
    order_id_ = order_id;
  }
}

void ServerSpan::End(const std::string& method, absl::StatusCode code) {
  if (tracing_ == nullptr || !context_.sampled) {
    return;
  }
  const auto service = tracing_->services.find(method);
  Span span = CallSpan(SpanKind::kServer,
                       service == tracing_->services.end() ? "" : service->second, method, code);
  span.context = context_;
  span.parent_span_id = parent_span_id_;
  span.link = link_;
  span.start = start_;
  AddOrderId(order_id_, span);
  tracing_->tracer->Record(std::move(span));
}

ClientSpan::ClientSpan(telemetry::Tracer* tracer, std::string_view traceparent,
                       const std::string& order_id)
    : tracer_(nullptr) {
  if (const auto parent = telemetry::Tracer::ParentToRecord(tracer, traceparent)) {
    tracer_ = tracer;
    context_ = telemetry::ChildOf(*parent);
    parent_span_id_ = parent->span_id;
    order_id_ = order_id;
    start_ = Now();
    return;
  }
  const std::optional<TraceContext> parent = telemetry::ParseTraceparent(traceparent);
  context_ = parent ? *parent : telemetry::NewTrace();
}

void ClientSpan::End(const std::string& service, const std::string& method,
                     absl::StatusCode code) const {
  if (tracer_ == nullptr) {
    return;
  }
  Span span = CallSpan(SpanKind::kClient, service, method, code);
  span.context = context_;
  span.parent_span_id = parent_span_id_;
  span.start = start_;
  AddOrderId(order_id_, span);
  tracer_->Record(std::move(span));
}

}  // namespace orderflow::rpc
