#pragma once

#include <grpcpp/impl/service_type.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "libs/rpc/bidi_stream.h"
#include "libs/rpc/server_queue.h"
#include "libs/rpc/server_stream.h"
#include "libs/rpc/unary_call.h"

namespace orderflow::rpc {

// What a Server serves: a service of gRPC, each method of which has a handler. Handlers run on the
// thread of the server's queue and must not block; CallExecutor is for those that do.
class Service {
 public:
  virtual ~Service() = default;
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  virtual grpc::Service& generated() = 0;
  size_t methods() const { return methods_.size(); }

  // Waits for the first calls of each method.
  void Expect(ServerQueue& queue) const;

 protected:
  Service() = default;

  // Begins to wait for one call of a method.
  using Expectation = std::function<void(ServerQueue& queue)>;
  void Add(Expectation method) { methods_.push_back(std::move(method)); }

 private:
  std::vector<Expectation> methods_;
};

// A service that the generated class `Generated` describes, which is X::AsyncService. It must be
// given a handler for each of its methods, and outlive the server.
template <class GeneratedService>
class ServiceOf : public Service {
 public:
  grpc::Service& generated() final { return generated_; }

 protected:
  using Generated = GeneratedService;

  // Calls of the unary method that `take` (&X::AsyncService::RequestFoo) takes go to `handler`.
  template <class Base, class Request, class Response>
  void Unary(TakeUnary<Base, Request, Response> take,
             std::type_identity_t<UnaryHandler<Request, Response>> handler) {
    Add([method = UnaryMethod<Request, Response>{
             .take =
                 [this, take](auto* context, auto* request, auto* writer, auto* queue, void* tag) {
                   (generated_.*take)(context, request, writer, queue, queue, tag);
                 },
             .handler = std::move(handler)}](ServerQueue& queue) {
      UnaryCall<Request, Response>::Expect(queue, method);
    });
  }
  template <class Base, class Request, class Response, class Self>
  void Unary(TakeUnary<Base, Request, Response> take,
             void (Self::*handler)(ServerCall*, const Request*, Response*)) {
    Unary(take, [self = static_cast<Self*>(this), handler](auto... arguments) {
      (self->*handler)(arguments...);
    });
  }

  // The same for a method that answers with a stream.
  template <class Base, class Request, class Response, class Self>
  void Stream(TakeStream<Base, Request, Response> take,
              void (Self::*handler)(ServerStream<Response>*, const Request*)) {
    Add([method = StreamMethod<Request, Response>{
             .take =
                 [this, take](auto* context, auto* request, auto* writer, auto* queue, void* tag) {
                   (generated_.*take)(context, request, writer, queue, queue, tag);
                 },
             .handler = [self = static_cast<Self*>(this),
                         handler](auto... arguments) { (self->*handler)(arguments...); }}](
            ServerQueue& queue) { StreamCall<Request, Response>::Expect(queue, method); });
  }

  // The same for a method with a stream of both directions.
  template <class Base, class Request, class Response, class Self>
  void Bidi(TakeBidi<Base, Request, Response> take,
            void (Self::*handler)(BidiStream<Request, Response>*)) {
    Add([method = BidiMethod<Request, Response>{
             .take = [this, take](
                         auto* context, auto* io, auto* queue,
                         void* tag) { (generated_.*take)(context, io, queue, queue, tag); },
             .handler = [self = static_cast<Self*>(this), handler](
                            auto* stream) { (self->*handler)(stream); }}](ServerQueue& queue) {
      BidiCall<Request, Response>::Expect(queue, method);
    });
  }

 private:
  Generated generated_;
};

}  // namespace orderflow::rpc
