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
class ServerStreamListener {
 public:
  virtual ~ServerStreamListener() = default;

  // What was written is gone, or (not `ok`) the client is.
  virtual void OnWritten(bool ok) = 0;
  // The client has given up; the stream must be finished all the same.
  virtual void OnCancelled() = 0;
  // The last word; the stream goes.
  virtual void OnDone() = 0;
};

// What a stream of both directions tells besides.
class BidiStreamListener : public ServerStreamListener {
 public:
  // What was asked for has come, or (not `ok`) nothing comes any more.
  virtual void OnRead(bool ok) = 0;
};

// A stream of messages to a client, by gRPC's rules: one message at a time, and the end when none
// is under way. `Io` is gRPC's part of the call, `Listener` whoever hears of it.
template <class Io, class Listener, class Response>
class StreamOf : public ServerCall {
 public:
  // Once, by the handler, before anything is written or read. Without it there is nobody to tell.
  void Tell(std::shared_ptr<Listener> listener) { listener_ = std::move(listener); }

  // `message` must live until OnWritten.
  void Write(const Response& message) { io_.Write(message, TagOf(written_)); }

 protected:
  explicit StreamOf(ServerQueue& queue) : ServerCall(queue) {}

  Io& io() { return io_; }
  Listener& listener() { return *listener_; }

 private:
  class Written final : public QueueEvent {
   public:
    explicit Written(StreamOf& stream) : stream_(stream) {}
    void Happened(bool ok) override { stream_.listener_->OnWritten(ok); }

   private:
    StreamOf& stream_;
  };

  void SendEnd(const grpc::Status& status, QueueEvent* tag) override { io_.Finish(status, tag); }
  void OnCancelled() override {
    if (listener_ != nullptr) {
      listener_->OnCancelled();
    }
  }
  void OnDone() override {
    if (listener_ != nullptr) {
      listener_->OnDone();
    }
  }

  Io io_{&mutable_context()};
  Written written_{*this};
  std::shared_ptr<Listener> listener_;
};

template <class Response>
class ServerStream
    : public StreamOf<grpc::ServerAsyncWriter<Response>, ServerStreamListener, Response> {
 protected:
  using StreamOf<grpc::ServerAsyncWriter<Response>, ServerStreamListener, Response>::StreamOf;
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
    method_.take(&context, &request_, &this->io(), &queue, tag);
  }
  void ExpectNext(ServerQueue& queue) override { Expect(queue, method_); }
  void Handle() override { method_.handler(this, &request_); }

  const Method& method_;
  Request request_;
};

}  // namespace orderflow::rpc
