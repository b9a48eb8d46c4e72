#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/rpc/bidi_stream.h"
#include "libs/rpc/open_stream.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "services/payment_provider_simulator/domain/books.h"

namespace orderflow::payment_provider_simulator {

// One BookOperations stream: each operation is booked as its own call would be, and answers that
// come while a message is being written travel together in the next. What is under way is bounded:
// a merchant that sends more, or does not read its answers, waits until enough of them are gone.
class BookOperationsStream final : public rpc::BidiStreamListener,
                                   public std::enable_shared_from_this<BookOperationsStream> {
 public:
  using Stream =
      rpc::BidiStream<provider::v1::BookOperationsRequest, provider::v1::BookOperationsResponse>;
  using Answer = std::function<void(const absl::StatusOr<Operation>& operation)>;
  struct Request {
    absl::StatusOr<MerchantCall> call;  // or how FromProto failed
    Answer answer;
  };
  // Books calls together; each `answer` is called exactly once, from any thread.
  using Book = std::function<void(std::vector<Request> requests)>;

  // Begins the stream and lives until its end.
  static void Start(Stream& stream, std::unique_ptr<rpc::OpenStream> open_stream, Book book);

  void OnRead(bool ok) override;
  void OnWritten(bool ok) override;
  void OnCancelled() override;
  void OnDone() override {}

 private:
  BookOperationsStream(Stream& stream, std::unique_ptr<rpc::OpenStream> open_stream, Book book)
      : open_stream_(std::move(open_stream)), book_(std::move(book)), stream_(stream) {}

  Request RequestOf(const provider::v1::OperationRequest& request);
  void AnswerTo(int64_t sequence, rpc::CallRecord& record,
                const absl::StatusOr<Operation>& operation);
  // What can be done next: write, read, or finish.
  void GoOn() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::unique_ptr<rpc::OpenStream> open_stream_;
  const Book book_;

  Mutex mutex_;
  Stream& stream_ ABSL_GUARDED_BY(mutex_);        // gone once finished
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;  // operations whose answers are not yet written
  size_t in_write_ ABSL_GUARDED_BY(mutex_) = 0;   // answers of the message that is being written
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool read_all_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);     // not OK: answers are not waited for
  provider::v1::BookOperationsRequest request_;  // gRPC's or OnRead's while reading_
  provider::v1::BookOperationsResponse next_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::payment_provider_simulator
