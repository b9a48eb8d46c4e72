#include "services/payment/providers/grpc_provider.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_metrics.h"
#include "libs/rpc/call_spans.h"
#include "libs/rpc/status_mapping.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::payment {
namespace {

namespace pb = provider::v1;

// What one call needs until it has finished.
template <class Request>
struct Call {
  grpc::ClientContext context;
  Request request;
  pb::Operation answer;
  std::string key;
  std::optional<rpc::ClientSpan> span;
  Provider::Done done;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
};

absl::StatusOr<ProviderAnswer> ReadAnswer(const std::string& key, const pb::Operation& operation) {
  if (operation.idempotency_key() != key) {
    return absl::InternalError(
        fmt::format("the provider answered about the key '{}' where '{}' was asked for",
                    operation.idempotency_key(), key));
  }
  if (operation.outcome() != pb::OPERATION_OUTCOME_SUCCEEDED &&
      operation.outcome() != pb::OPERATION_OUTCOME_DECLINED) {
    return absl::InternalError(fmt::format("the provider answered with the unknown outcome {}",
                                           static_cast<int>(operation.outcome())));
  }
  return ProviderAnswer{
      .reference = operation.reference(),
      .succeeded = operation.outcome() == pb::OPERATION_OUTCOME_SUCCEEDED,
      .decline_code = operation.decline_code(),
      .amount = Money{operation.amount().currency_code(), operation.amount().amount_minor()},
  };
}

}  // namespace

struct GrpcProvider::State {
  State(std::shared_ptr<grpc::Channel> channel, telemetry::Metrics& metrics, Duration timeout,
        telemetry::Tracer* tracer_in)
      : stub(pb::ProviderService::NewStub(std::move(channel))),
        call_timeout(timeout),
        tracer(tracer_in),
        calls(std::make_shared<rpc::CallMetrics>(metrics, rpc::CallSide::kClient)) {}

  // Makes the call through `method`, a member of the callback stub, which is called `name`.
  template <class Request, class Method>
  void Start(const ProviderCall& call, const char* name, Request request, Method method,
             Done&& done) {
    auto state = std::make_shared<Call<Request>>();
    state->request = std::move(request);
    state->request.set_idempotency_key(call.idempotency_key);
    state->key = call.idempotency_key;
    state->done = std::move(done);
    state->span.emplace(tracer, call.traceparent, call.order_id.value());
    rpc::Prepare(state->context, call_timeout, state->span->context());
    method(stub->async(), &state->context, &state->request, &state->answer,
           [state, name, measured = calls](const grpc::Status& status) {
             const auto code = static_cast<absl::StatusCode>(status.error_code());
             measured->Of(name).Record(code, std::chrono::steady_clock::now() - state->start);
             state->span->End(pb::ProviderService::service_full_name(), name, code);
             const Done finished = std::move(state->done);
             if (status.ok()) {
               finished(ReadAnswer(state->key, state->answer));
             } else {
               finished(rpc::FromGrpcStatus(status));
             }
           });
  }

  std::unique_ptr<pb::ProviderService::Stub> stub;
  const Duration call_timeout;
  telemetry::Tracer* const tracer;
  const std::shared_ptr<rpc::CallMetrics> calls;  // a call may end later than this
};

GrpcProvider::GrpcProvider(std::shared_ptr<grpc::Channel> channel, telemetry::Metrics& metrics,
                           Duration call_timeout, telemetry::Tracer* tracer)
    : state_(std::make_unique<State>(std::move(channel), metrics, call_timeout, tracer)) {}

GrpcProvider::~GrpcProvider() = default;

void GrpcProvider::Send(const ProviderCall& call, Done done) {
  const std::string& reference = call.order_id.value();
  switch (call.kind) {
    case OperationKind::kAuthorize: {
      pb::AuthorizeRequest request;
      request.set_payment_reference(reference);
      request.mutable_amount()->set_currency_code(call.amount.currency_code);
      request.mutable_amount()->set_amount_minor(call.amount.amount_minor);
      request.set_payment_method_token(call.payment_method_token);
      request.set_customer_reference(call.customer_id.value());
      state_->Start(
          call, "Authorize", std::move(request),
          [](auto* stub, auto&&... args) {
            stub->Authorize(std::forward<decltype(args)>(args)...);
          },
          std::move(done));
      return;
    }
    case OperationKind::kCapture: {
      pb::CaptureRequest request;
      request.set_payment_reference(reference);
      state_->Start(
          call, "Capture", std::move(request),
          [](auto* stub, auto&&... args) { stub->Capture(std::forward<decltype(args)>(args)...); },
          std::move(done));
      return;
    }
    case OperationKind::kVoid: {
      pb::VoidRequest request;
      request.set_payment_reference(reference);
      state_->Start(
          call, "Void", std::move(request),
          [](auto* stub, auto&&... args) { stub->Void(std::forward<decltype(args)>(args)...); },
          std::move(done));
      return;
    }
    case OperationKind::kRefund: {
      pb::RefundRequest request;
      request.set_payment_reference(reference);
      state_->Start(
          call, "Refund", std::move(request),
          [](auto* stub, auto&&... args) { stub->Refund(std::forward<decltype(args)>(args)...); },
          std::move(done));
      return;
    }
  }
}

void GrpcProvider::Find(const ProviderCall& call, Done done) {
  state_->Start(
      call, "GetOperation", pb::GetOperationRequest(),
      [](auto* stub, auto&&... args) { stub->GetOperation(std::forward<decltype(args)>(args)...); },
      std::move(done));
}

}  // namespace orderflow::payment
