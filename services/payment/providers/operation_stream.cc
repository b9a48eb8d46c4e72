#include "services/payment/providers/operation_stream.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::payment {
namespace {

namespace pb = provider::v1;

// No operation is larger than 800 bytes, and the provider takes messages of 256 KiB.
constexpr int kOperationsPerMessage = 300;

// How a stream has ended says nothing of any operation on it. Codes that would say something of an
// operation must not look as if they did.
absl::Status NoAnswer(const grpc::Status& end) {
  auto code = static_cast<absl::StatusCode>(end.error_code());
  switch (code) {
    case absl::StatusCode::kCancelled:
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kPermissionDenied:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kUnavailable:
      break;
    default:
      code = absl::StatusCode::kInternal;
  }
  return {code, fmt::format("the stream of operations ended before the answer: {} {}",
                            static_cast<int>(end.error_code()), end.error_message())};
}

absl::StatusOr<pb::Operation> Read(pb::OperationAnswer& answer) {
  if (answer.has_operation()) {
    return std::move(*answer.mutable_operation());
  }
  const absl::Status error = rpc::FromProto(answer.error());
  return error.ok() ? absl::InternalError("the provider answered with neither operation nor error")
                    : error;
}

}  // namespace

std::shared_ptr<OperationStream> OperationStream::Open(rpc::ClientQueue& queue,
                                                       pb::ProviderService::Stub& stub,
                                                       Duration timeout) {
  std::shared_ptr<OperationStream> operations(new OperationStream(timeout));
  auto context = std::make_unique<grpc::ClientContext>();
  rpc::Prepare(*context, timeout, telemetry::NewTrace());
  MutexLock lock(operations->mutex_);
  operations->stream_ = Stream::Open(
      queue, std::move(context),
      [&stub](grpc::ClientContext* prepared, grpc::CompletionQueue* events) {
        return stub.PrepareAsyncBookOperations(prepared, events);
      },
      operations);
  return operations->stream_ == nullptr ? nullptr : operations;
}

bool OperationStream::Add(std::vector<Entry>& entries) {
  INVARIANT(!entries.empty(), "a message has operations");
  MutexLock lock(mutex_);
  const bool is_first = last_sequence_ == 0;  // always taken: without it the call never begins
  if (closed_ || (!is_first && std::chrono::steady_clock::now() > takes_until_)) {
    return false;
  }
  for (auto& [operation, done] : entries) {
    operation.set_sequence(++last_sequence_);
    unanswered_.emplace(last_sequence_, std::move(done));
    if (waiting_.empty() || waiting_.back().operations_size() == kOperationsPerMessage) {
      waiting_.emplace_back();
    }
    waiting_.back().mutable_operations()->Add(std::move(operation));
  }
  if (!writing_ && !telling_) {
    WriteNext();
  }
  if (is_first) {
    stream_->Read(read_);
  }
  return true;
}

void OperationStream::WriteNext() {
  writing_ = true;
  stream_->Write(waiting_.front());
  waiting_.pop_front();
}

void OperationStream::CloseWhenAllIsAnswered() {
  if (unanswered_.empty() && !writing_ && !closed_) {
    closed_ = true;
    stream_->CloseWrites();
  }
}

void OperationStream::OnRead(bool ok) {
  std::vector<std::pair<Done, pb::OperationAnswer*>> answered;
  {
    MutexLock lock(mutex_);
    if (!ok) {
      closed_ = true;
      stream_->End();
      return;
    }
    for (pb::OperationAnswer& answer : *read_.mutable_answers()) {
      if (auto found = unanswered_.extract(answer.sequence())) {
        answered.emplace_back(std::move(found.mapped()), &answer);
      }
    }
    telling_ = true;  // what is added because of these answers travels together
  }
  for (auto& [done, answer] : answered) {
    done(Read(*answer));
  }
  answered.clear();
  MutexLock lock(mutex_);
  telling_ = false;
  if (!writing_ && !closed_ && !waiting_.empty()) {
    WriteNext();
  }
  CloseWhenAllIsAnswered();
  stream_->Read(read_);
}

void OperationStream::OnWritten(bool ok) {
  MutexLock lock(mutex_);
  writing_ = false;
  if (!ok || closed_) {
    closed_ = true;
    return;
  }
  if (!waiting_.empty()) {
    WriteNext();
  } else {
    CloseWhenAllIsAnswered();
  }
}

void OperationStream::OnEnded(const grpc::Status& status) {
  std::unordered_map<int64_t, Done> unanswered;
  {
    MutexLock lock(mutex_);
    closed_ = true;
    stream_ = nullptr;
    unanswered.swap(unanswered_);
  }
  for (auto& [sequence, done] : unanswered) {
    done(NoAnswer(status));
  }
}

}  // namespace orderflow::payment
