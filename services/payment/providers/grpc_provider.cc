#include "services/payment/providers/grpc_provider.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_metrics.h"
#include "libs/rpc/call_spans.h"
#include "libs/rpc/client_queue.h"
#include "libs/rpc/status_mapping.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::payment {
namespace {

namespace pb = provider::v1;

using Stub = pb::ProviderService::Stub;

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
        calls(metrics, rpc::CallSide::kClient) {}

  // Makes the call `name`, which `prepare` (&Stub::PrepareAsyncFoo) prepares.
  template <class Request>
  void Start(const ProviderCall& call, const char* name, Request request,
             std::unique_ptr<grpc::ClientAsyncResponseReader<pb::Operation>> (Stub::*prepare)(
                 grpc::ClientContext*, const Request&, grpc::CompletionQueue*),
             Done&& done) {
    request.set_idempotency_key(call.idempotency_key);
    const rpc::ClientSpan span(tracer, call.traceparent, call.order_id.value());
    auto context = std::make_unique<grpc::ClientContext>();
    rpc::Prepare(*context, call_timeout, span.context());
    queue.Call<pb::Operation>(
        std::move(context),
        [&](grpc::ClientContext* prepared, grpc::CompletionQueue* ended) {
          return (stub.get()->*prepare)(prepared, request, ended);
        },
        [this, name, span, key = call.idempotency_key, done = std::move(done),
         start = std::chrono::steady_clock::now()](const grpc::Status& status,
                                                   const pb::Operation& answer) {
          const auto code = static_cast<absl::StatusCode>(status.error_code());
          calls.Of(name).Record(code, std::chrono::steady_clock::now() - start);
          span.End(pb::ProviderService::service_full_name(), name, code);
          done(status.ok() ? ReadAnswer(key, answer) : rpc::FromGrpcStatus(status));
        });
  }

  std::unique_ptr<pb::ProviderService::Stub> stub;
  const Duration call_timeout;
  telemetry::Tracer* const tracer;
  rpc::CallMetrics calls;
  rpc::ClientQueue queue;  // last: its calls use the others until it goes
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
      state_->Start(call, "Authorize", std::move(request), &Stub::PrepareAsyncAuthorize,
                    std::move(done));
      return;
    }
    case OperationKind::kCapture: {
      pb::CaptureRequest request;
      request.set_payment_reference(reference);
      state_->Start(call, "Capture", std::move(request), &Stub::PrepareAsyncCapture,
                    std::move(done));
      return;
    }
    case OperationKind::kVoid: {
      pb::VoidRequest request;
      request.set_payment_reference(reference);
      state_->Start(call, "Void", std::move(request), &Stub::PrepareAsyncVoid, std::move(done));
      return;
    }
    case OperationKind::kRefund: {
      pb::RefundRequest request;
      request.set_payment_reference(reference);
      state_->Start(call, "Refund", std::move(request), &Stub::PrepareAsyncRefund, std::move(done));
      return;
    }
  }
}

void GrpcProvider::Find(const ProviderCall& call, Done done) {
  state_->Start(call, "GetOperation", pb::GetOperationRequest(), &Stub::PrepareAsyncGetOperation,
                std::move(done));
}

}  // namespace orderflow::payment
