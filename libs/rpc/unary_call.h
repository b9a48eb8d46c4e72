#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>

#include <functional>

#include "libs/rpc/server_call.h"

namespace orderflow::rpc {

// Of a generated service: takes the next call of one unary method (RequestFoo).
template <class Generated, class Request, class Response>
using TakeUnary = void (Generated::*)(grpc::ServerContext*, Request*,
                                      grpc::ServerAsyncResponseWriter<Response>*,
                                      grpc::CompletionQueue*, grpc::ServerCompletionQueue*, void*);

// Finishes the call or sees to it that somebody does.
template <class Request, class Response>
using UnaryHandler =
    std::function<void(ServerCall* call, const Request* request, Response* response)>;

// A unary method as it is served.
template <class Request, class Response>
struct UnaryMethod {
  std::function<void(grpc::ServerContext*, Request*, grpc::ServerAsyncResponseWriter<Response>*,
                     grpc::ServerCompletionQueue*, void* tag)>
      take;
  UnaryHandler<Request, Response> handler;
};

// A call of a unary method, which must outlive it.
template <class Request, class Response>
class UnaryCall final : public ServerCall {
 public:
  using Method = UnaryMethod<Request, Response>;

  static void Expect(ServerQueue& queue, const Method& method) {
    (new UnaryCall(queue, method))->Begin();  // owns itself
  }

 private:
  UnaryCall(ServerQueue& queue, const Method& method) : ServerCall(queue), method_(method) {}

  void Take(grpc::ServerContext& context, grpc::ServerCompletionQueue& queue,
            QueueEvent* tag) override {
    method_.take(&context, &request_, &writer_, &queue, tag);
  }
  void ExpectNext(ServerQueue& queue) override { Expect(queue, method_); }
  void Handle() override { method_.handler(this, &request_, &response_); }
  void SendEnd(const grpc::Status& status, QueueEvent* tag) override {
    writer_.Finish(response_, status, tag);
  }

  const Method& method_;
  Request request_;
  Response response_;
  grpc::ServerAsyncResponseWriter<Response> writer_{&mutable_context()};
};

}  // namespace orderflow::rpc
