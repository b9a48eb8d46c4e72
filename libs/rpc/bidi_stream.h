#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_stream.h>

#include <functional>

#include "libs/rpc/server_stream.h"

namespace orderflow::rpc {

// A stream of both directions. It may be finished only when neither a message nor the client's
// next one is under way.
template <class Request, class Response>
class BidiStream : public StreamOf<grpc::ServerAsyncReaderWriter<Response, Request>,
                                   BidiStreamListener, Response> {
 public:
  // Asks for the client's next message, which `message` must live for until OnRead. One at a time.
  void Read(Request& message) { this->io().Read(&message, TagOf(read_)); }

 protected:
  explicit BidiStream(ServerQueue& queue)
      : StreamOf<grpc::ServerAsyncReaderWriter<Response, Request>, BidiStreamListener, Response>(
            queue) {}

 private:
  class HasRead final : public QueueEvent {
   public:
    explicit HasRead(BidiStream& stream) : stream_(stream) {}
    void Happened(bool ok) override { stream_.listener().OnRead(ok); }

   private:
    BidiStream& stream_;
  };

  HasRead read_{*this};
};

// Of a generated service: takes the next call of one method with a stream of both directions.
template <class Generated, class Request, class Response>
using TakeBidi = void (Generated::*)(grpc::ServerContext*,
                                     grpc::ServerAsyncReaderWriter<Response, Request>*,
                                     grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);

// A method with a stream of both directions, as it is served.
template <class Request, class Response>
struct BidiMethod {
  std::function<void(grpc::ServerContext*, grpc::ServerAsyncReaderWriter<Response, Request>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      take;
  // Finishes the stream or sees to it that somebody does.
  std::function<void(BidiStream<Request, Response>* stream)> handler;
};

// A call of such a method, which must outlive it.
template <class Request, class Response>
class BidiCall final : public BidiStream<Request, Response> {
 public:
  using Method = BidiMethod<Request, Response>;

  static void Expect(ServerQueue& queue, const Method& method) {
    (new BidiCall(queue, method))->Begin();  // owns itself
  }

 private:
  BidiCall(ServerQueue& queue, const Method& method)
      : BidiStream<Request, Response>(queue), method_(method) {}

  void Take(grpc::ServerContext& context, grpc::ServerCompletionQueue& queue,
            QueueEvent* tag) override {
    method_.take(&context, &this->io(), &queue, tag);
  }
  void ExpectNext(ServerQueue& queue) override { Expect(queue, method_); }
  void Handle() override { method_.handler(this); }

  const Method& method_;
};

}  // namespace orderflow::rpc
