#include "services/payment_provider_simulator/grpc/book_operations_stream.h"

#include <utility>
#include <vector>

#include "libs/base/errors.h"
#include "libs/rpc/status_mapping.h"
#include "services/payment_provider_simulator/grpc/provider_mapping.h"

namespace orderflow::payment_provider_simulator {
namespace {

namespace pb = provider::v1;

constexpr int kOperationsPerMessageMax = 1000;
constexpr size_t kUnderWayMax = 2000;  // from here on no further message is read

// The operation's own method, whose name it has in metrics and spans.
const char* MethodOf(const pb::OperationRequest& request) {
  switch (request.operation_case()) {
    case pb::OperationRequest::kAuthorize:
      return "Authorize";
    case pb::OperationRequest::kCapture:
      return "Capture";
    case pb::OperationRequest::kVoid:
      return "Void";
    case pb::OperationRequest::kRefund:
      return "Refund";
    case pb::OperationRequest::OPERATION_NOT_SET:
      break;
  }
  return "BookNothing";
}

absl::StatusOr<MerchantCall> CallOf(const pb::OperationRequest& request) {
  switch (request.operation_case()) {
    case pb::OperationRequest::kAuthorize:
      return FromProto(request.authorize());
    case pb::OperationRequest::kCapture:
      return FromProto(request.capture());
    case pb::OperationRequest::kVoid:
      return FromProto(request.void_());
    case pb::OperationRequest::kRefund:
      return FromProto(request.refund());
    case pb::OperationRequest::OPERATION_NOT_SET:
      break;
  }
  return InvalidArgument({{"operation", "must be set"}});
}

}  // namespace

void BookOperationsStream::Start(Stream& stream, std::unique_ptr<rpc::OpenStream> open_stream,
                                 Book book) {
  std::shared_ptr<BookOperationsStream> operations(
      new BookOperationsStream(stream, std::move(open_stream), std::move(book)));
  stream.Tell(operations);
  MutexLock lock(operations->mutex_);
  operations->GoOn();
}

void BookOperationsStream::OnRead(bool ok) {
  if (ok && request_.operations_size() <= kOperationsPerMessageMax) {
    {
      MutexLock lock(mutex_);
      under_way_ += static_cast<size_t>(request_.operations_size());
    }
    std::vector<Request> requests;
    requests.reserve(static_cast<size_t>(request_.operations_size()));
    for (const pb::OperationRequest& request : request_.operations()) {
      requests.push_back(RequestOf(request));
    }
    book_(std::move(requests));
  }
  MutexLock lock(mutex_);
  reading_ = false;  // not before: an answer must not have the next message read over this one
  read_all_ = !ok;
  if (ok && request_.operations_size() > kOperationsPerMessageMax) {
    end_ = InvalidArgument({{"operations", "must be at most 1000"}});
  }
  GoOn();
}

BookOperationsStream::Request BookOperationsStream::RequestOf(const pb::OperationRequest& request) {
  auto record = std::make_shared<rpc::CallRecord>(
      open_stream_->Part(MethodOf(request), request.traceparent()));
  return {CallOf(request),
          [self = shared_from_this(), sequence = request.sequence(),
           record = std::move(record)](const absl::StatusOr<Operation>& operation) {
            self->AnswerTo(sequence, *record, operation);
          }};
}

void BookOperationsStream::AnswerTo(int64_t sequence, rpc::CallRecord& record,
                                    const absl::StatusOr<Operation>& operation) {
  const grpc::Status status = record.End(operation.status());
  MutexLock lock(mutex_);
  if (finished_) {
    return;
  }
  pb::OperationAnswer& answer = *next_.add_answers();
  answer.set_sequence(sequence);
  if (operation.ok()) {
    *answer.mutable_operation() = ToProto(*operation);
  } else {
    *answer.mutable_error() = rpc::ToProto(status);
  }
  GoOn();
}

void BookOperationsStream::OnWritten(bool ok) {
  MutexLock lock(mutex_);
  under_way_ -= in_write_;
  in_write_ = 0;
  if (!ok && end_.ok()) {
    end_ = absl::CancelledError("the merchant takes no answers any more");
  }
  GoOn();
}

void BookOperationsStream::OnCancelled() {
  MutexLock lock(mutex_);
  if (end_.ok()) {
    end_ = absl::CancelledError("the merchant has given the stream up");
  }
  GoOn();
}

void BookOperationsStream::GoOn() {
  if (finished_) {
    return;
  }
  if (end_.ok() && in_write_ == 0 && next_.answers_size() > 0) {
    in_write_ = static_cast<size_t>(next_.answers_size());
    stream_.Write(next_);  // serialized at once
    next_.Clear();
  }
  if (end_.ok() && !reading_ && !read_all_ && under_way_ < kUnderWayMax) {
    reading_ = true;
    stream_.Read(request_);
  }
  if (!reading_ && in_write_ == 0 && (!end_.ok() || (read_all_ && under_way_ == 0))) {
    finished_ = true;
    stream_.Finish(open_stream_->End(end_));
  }
}

}  // namespace orderflow::payment_provider_simulator
