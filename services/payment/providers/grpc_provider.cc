#include "services/payment/providers/grpc_provider.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_metrics.h"
#include "libs/rpc/call_spans.h"
#include "libs/rpc/client_queue.h"
#include "libs/rpc/status_mapping.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "services/payment/providers/operation_stream.h"

namespace orderflow::payment {
namespace {

namespace pb = provider::v1;

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

  // Counts the call `name`, ends its span and says how it went.
  auto Ending(const ProviderCall& call, const char* name, const rpc::ClientSpan& span,
              Done&& done) {
    return [this, name, span, key = call.idempotency_key, done = std::move(done),
            start = std::chrono::steady_clock::now()](const absl::StatusOr<pb::Operation>& answer) {
      calls.Of(name).Record(answer.status().code(), std::chrono::steady_clock::now() - start);
      span.End(pb::ProviderService::service_full_name(), name, answer.status().code());
      done(answer.ok() ? ReadAnswer(key, *answer) : answer.status());
    };
  }

  void AddToStream(std::vector<OperationStream::Entry> entries) ABSL_LOCKS_EXCLUDED(mutex) {
    {
      MutexLock lock(mutex);
      if (stream != nullptr && stream->Add(entries)) {
        return;
      }
      stream = OperationStream::Open(queue, *stub, call_timeout);
      if (stream != nullptr && stream->Add(entries)) {
        return;
      }
    }
    for (const OperationStream::Entry& entry : entries) {
      entry.done(absl::CancelledError("no calls are made any more"));
    }
  }

  OperationStream::Entry EntryOf(Sending&& sending);

  std::unique_ptr<pb::ProviderService::Stub> stub;
  const Duration call_timeout;
  telemetry::Tracer* const tracer;
  rpc::CallMetrics calls;
  Mutex mutex;
  std::shared_ptr<OperationStream> stream ABSL_GUARDED_BY(mutex);  // the one that takes operations
  rpc::ClientQueue queue;  // last: its calls use the others until it goes
};

GrpcProvider::GrpcProvider(std::shared_ptr<grpc::Channel> channel, telemetry::Metrics& metrics,
                           Duration call_timeout, telemetry::Tracer* tracer)
    : state_(std::make_unique<State>(std::move(channel), metrics, call_timeout, tracer)) {}

GrpcProvider::~GrpcProvider() = default;

OperationStream::Entry GrpcProvider::State::EntryOf(Sending&& sending) {
  const ProviderCall& call = sending.call;
  const char* name = nullptr;
  pb::OperationRequest operation;
  const auto identify = [&](const char* method, auto& request) {
    name = method;
    request.set_idempotency_key(call.idempotency_key);
    request.set_payment_reference(call.order_id.value());
  };
  switch (call.kind) {
    case OperationKind::kAuthorize: {
      pb::AuthorizeRequest& request = *operation.mutable_authorize();
      identify("Authorize", request);
      request.mutable_amount()->set_currency_code(call.amount.currency_code);
      request.mutable_amount()->set_amount_minor(call.amount.amount_minor);
      request.set_payment_method_token(call.payment_method_token);
      request.set_customer_reference(call.customer_id.value());
      break;
    }
    case OperationKind::kCapture:
      identify("Capture", *operation.mutable_capture());
      break;
    case OperationKind::kVoid:
      identify("Void", *operation.mutable_void_());
      break;
    case OperationKind::kRefund:
      identify("Refund", *operation.mutable_refund());
      break;
  }
  const rpc::ClientSpan span(tracer, call.traceparent, call.order_id.value());
  operation.set_traceparent(span.context().ToTraceparent());
  return {std::move(operation), Ending(call, name, span, std::move(sending.done))};
}

void GrpcProvider::Send(std::vector<Sending> sendings) {
  std::vector<OperationStream::Entry> entries;
  entries.reserve(sendings.size());
  for (Sending& sending : sendings) {
    entries.push_back(state_->EntryOf(std::move(sending)));
  }
  state_->AddToStream(std::move(entries));
}

void GrpcProvider::Find(const ProviderCall& call, Done done) {
  pb::GetOperationRequest request;
  request.set_idempotency_key(call.idempotency_key);
  const rpc::ClientSpan span(state_->tracer, call.traceparent, call.order_id.value());
  auto context = std::make_unique<grpc::ClientContext>();
  rpc::Prepare(*context, state_->call_timeout, span.context());
  state_->queue.Call<pb::Operation>(
      std::move(context),
      [&](grpc::ClientContext* prepared, grpc::CompletionQueue* ended) {
        return state_->stub->PrepareAsyncGetOperation(prepared, request, ended);
      },
      [ending = state_->Ending(call, "GetOperation", span, std::move(done))](
          const grpc::Status& status, const pb::Operation& answer) {
        ending(status.ok() ? absl::StatusOr<pb::Operation>(answer) : rpc::FromGrpcStatus(status));
      });
}

}  // namespace orderflow::payment
