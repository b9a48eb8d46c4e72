#pragma once

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/status.h>

#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <utility>

#include "libs/base/mutex.h"
#include "libs/rpc/server_queue.h"

namespace orderflow::rpc {

class ClientQueue;

// A call under way on a ClientQueue.
class ClientCall {
 public:
  ClientCall(ClientQueue& queue, std::unique_ptr<grpc::ClientContext> context)
      : queue_(queue), context_(std::move(context)) {}
  ClientCall(const ClientCall&) = delete;
  ClientCall& operator=(const ClientCall&) = delete;
  virtual ~ClientCall() = default;

  // The call ends as any other does. Threadsafe.
  void Cancel() { context_->TryCancel(); }

 protected:
  ClientQueue& queue_;
  const std::unique_ptr<grpc::ClientContext> context_;
};

// Makes calls without a thread for each: they end on one completion queue, which one thread
// drives (ADR 0027). Streams are made by ClientStream. Threadsafe.
class ClientQueue {
 public:
  template <class Response>
  using Done = std::function<void(const grpc::Status& status, const Response& response)>;

  ClientQueue();
  ~ClientQueue();
  ClientQueue(const ClientQueue&) = delete;
  ClientQueue& operator=(const ClientQueue&) = delete;

  // Makes the call that `prepare(context, queue)` prepares (Stub::PrepareAsyncFoo). `context` has
  // what goes with the call (Prepare of call_context.h); its deadline is what bounds it. `done` is
  // called exactly once, on the queue's thread, and must not block; after Stop at once, with
  // CANCELLED.
  template <class Response, class Prepare>
  void Call(std::unique_ptr<grpc::ClientContext> context, const Prepare& prepare,
            Done<Response> done) {
    auto call = std::make_unique<TypedCall<Response>>(*this, std::move(context), std::move(done));
    if (!Begin(*call)) {
      call->Refuse();
      return;
    }
    call.release()->Start(prepare, queue_);  // owns itself from here
  }

  // Cancels what is under way and waits until each `done` has returned; not to be called by one.
  void Stop();

 private:
  template <class Request, class Response>
  friend class ClientStream;

  template <class Response>
  class TypedCall final : public ClientCall, public QueueEvent {
   public:
    TypedCall(ClientQueue& queue, std::unique_ptr<grpc::ClientContext> context, Done<Response> done)
        : ClientCall(queue, std::move(context)), done_(std::move(done)) {}

    template <class Prepare>
    void Start(const Prepare& prepare, grpc::CompletionQueue& queue) {
      reader_ = prepare(context_.get(), &queue);
      reader_->StartCall();
      reader_->Finish(&response_, &status_, TagOf(*this));
    }
    void Refuse() {
      done_(grpc::Status(grpc::StatusCode::CANCELLED, "no calls are made any more"), response_);
    }
    void Happened(bool /*ok*/) override {
      const std::unique_ptr<TypedCall> self(this);
      done_(status_, response_);
      done_ = nullptr;  // with what it holds, before anybody may take the call for ended
      queue_.Ended(*this);
    }

   private:
    Done<Response> done_;
    Response response_;
    grpc::Status status_;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader_;
  };

  // Each call is known from before it starts until it has ended. False: none is made any more.
  bool Begin(ClientCall& call);
  void Ended(ClientCall& call);

  grpc::CompletionQueue queue_;
  Mutex mutex_;
  ConditionVariable ended_;
  std::set<ClientCall*> under_way_ ABSL_GUARDED_BY(mutex_);
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace orderflow::rpc
