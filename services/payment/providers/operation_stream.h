#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/rpc/client_stream.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::payment {

// One stream of operations to the provider (ProviderService.BookOperations, ADR 0034): what is
// added together travels together, and so does what is added while a message is being written or
// answers are handed out.
// It takes operations for a quarter of its timeout and ends when all are answered; at its timeout,
// what is left ends with DEADLINE_EXCEEDED. So each operation has between three quarters of it and
// the whole. Threadsafe, does not block.
class OperationStream final : public rpc::ClientStreamListener {
 public:
  // What the provider says, or why there is no answer: then the operation may have been booked.
  using Done = std::function<void(const absl::StatusOr<provider::v1::Operation>& answer)>;

  struct Entry {
    provider::v1::OperationRequest operation;
    Done done;
  };

  // Null when the queue makes no calls any more.
  static std::shared_ptr<OperationStream> Open(rpc::ClientQueue& queue,
                                               provider::v1::ProviderService::Stub& stub,
                                               Duration timeout);

  // Sends the operations, at least one, in as few messages as they need. Each `done` is called
  // exactly once, on the queue's thread. False: the stream takes no more operations, and they are
  // as they were.
  bool Add(std::vector<Entry>& entries);

  void OnRead(bool ok) override;
  void OnWritten(bool ok) override;
  void OnEnded(const grpc::Status& status) override;

 private:
  using Stream =
      rpc::ClientStream<provider::v1::BookOperationsRequest, provider::v1::BookOperationsResponse>;

  explicit OperationStream(Duration timeout)
      : takes_until_(std::chrono::steady_clock::now() + timeout / 4) {}

  void WriteNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CloseWhenAllIsAnswered() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::chrono::steady_clock::time_point takes_until_;

  Mutex mutex_;
  Stream* stream_ ABSL_GUARDED_BY(mutex_) = nullptr;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;  // takes and writes nothing any more
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool telling_ ABSL_GUARDED_BY(mutex_) = false;  // those whose operations were answered
  int64_t last_sequence_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<int64_t, Done> unanswered_ ABSL_GUARDED_BY(mutex_);
  std::deque<provider::v1::BookOperationsRequest> waiting_ ABSL_GUARDED_BY(mutex_);

  // Of the queue's thread.
  provider::v1::BookOperationsResponse read_;
};

}  // namespace orderflow::payment
