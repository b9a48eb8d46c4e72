#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include <functional>
#include <memory>
#include <utility>

#include "libs/rpc/server_call.h"

namespace orderflow::rpc {

// What a stream tells whoever writes to it; on the thread of the server's queue, so no member may
// block.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;

  // What was written is gone, or (not `ok`) the client is.
  virtual void OnWritten(bool ok) = 0;
  // The client has given up; the stream must be finished all the same.
  virtual void OnCancelled() = 0;
  // The last word; the stream goes.
  virtual void OnDone() = 0;
};

// A stream of messages to a client, by gRPC's rules: one message at a time, and the end when none
// is under way.
template <class Response>
class ServerStream : public ServerCall {
 public:
  // Once, by the handler, before anything is written. Without it there is nobody to tell.
  void Tell(std::shared_ptr<StreamWriter> writer) { teller_ = std::move(writer); }

  // `message` must live until OnWritten.
  void Write(const Response& message) {
    writer_.Write(message, static_cast<QueueEvent*>(&written_));
  }

 protected:
  explicit ServerStream(ServerQueue& queue) : ServerCall(queue) {}

  grpc::ServerAsyncWriter<Response>& writer() { return writer_; }

 private:
  class Written final : public QueueEvent {
   public:
    explicit Written(ServerStream& stream) : stream_(stream) {}
    void Happened(bool ok) override { stream_.teller_->OnWritten(ok); }

   private:
    ServerStream& stream_;
  };

  void SendEnd(const grpc::Status& status, QueueEvent* tag) override {
    writer_.Finish(status, tag);
  }
  void OnCancelled() override {
    if (teller_ != nullptr) {
      teller_->OnCancelled();
    }
  }
  void OnDone() override {
    if (teller_ != nullptr) {
      teller_->OnDone();
    }
  }

  grpc::ServerAsyncWriter<Response> writer_{&mutable_context()};
  Written written_{*this};
  std::shared_ptr<StreamWriter> teller_;
};

// Of a generated service: takes the next call of one method that answers with a stream.
template <class Generated, class Request, class Response>
using TakeStream = void (Generated::*)(grpc::ServerContext*, Request*,
                                       grpc::ServerAsyncWriter<Response>*, grpc::CompletionQueue*,
                                       grpc::ServerCompletionQueue*, void*);

// A method that answers with a stream, as it is served.
template <class Request, class Response>
struct StreamMethod {
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncWriter<Response>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      take;
  // Finishes the stream or sees to it that somebody does.
  std::function<void(ServerStream<Response>* stream, const Request* request)> handler;
};

// A call of such a method, which must outlive it.
template <class Request, class Response>
class StreamCall final : public ServerStream<Response> {
 public:
  using Method = StreamMethod<Request, Response>;

  static void Expect(ServerQueue& queue, const Method& method) {
    (new StreamCall(queue, method))->Begin();  // owns itself
  }

 private:
  StreamCall(ServerQueue& queue, const Method& method)
      : ServerStream<Response>(queue), method_(method) {}

  void Take(grpc::ServerContext& context, grpc::ServerCompletionQueue& queue,
            QueueEvent* tag) override {
    method_.take(&context, &request_, &this->writer(), &queue, tag);
  }
  void ExpectNext(ServerQueue& queue) override { Expect(queue, method_); }
  void Handle() override { method_.handler(this, &request_); }

  const Method& method_;
  Request request_;
};

}  // namespace orderflow::rpc
