#pragma once

#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <atomic>
#include <memory>
#include <utility>

#include "libs/base/mutex.h"
#include "libs/rpc/server_queue.h"

namespace orderflow::rpc {

// One call on a server's queue, from when it is waited for until gRPC is done with it, which is
// only after Finish. It owns itself; context, request and response live as long, so a handler may
// use them until it finishes the call.
class ServerCall {
 public:
  // Of whoever handles the call: goes when the call does.
  class Attachment {
   public:
    virtual ~Attachment() = default;
  };

  virtual ~ServerCall() = default;  // called by itself alone
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  const grpc::ServerContext& context() const { return context_; }

  // Whether the caller is gone. Threadsafe.
  bool is_cancelled() const { return cancelled_.load(); }

  // Gives the call up; it must be finished all the same. Threadsafe.
  void Cancel() { context_.TryCancel(); }

  // Once, and before the call is finished.
  void Attach(std::unique_ptr<Attachment> attachment) { attachment_ = std::move(attachment); }

  // Answers; exactly once, from any thread. The call must not be touched afterwards.
  void Finish(const grpc::Status& status) {
    MutexLock lock(finishing_);
    SendEnd(status, &sent_);
  }

 protected:
  explicit ServerCall(ServerQueue& queue) : queue_(queue) {}

  grpc::ServerContext& mutable_context() { return context_; }

  // Waits for a call.
  void Begin();

  // Has gRPC tell `tag` when a call has come.
  virtual void Take(grpc::ServerContext& context, grpc::ServerCompletionQueue& queue,
                    QueueEvent* tag) = 0;
  // Has another one of the same method wait in place of this.
  virtual void ExpectNext(ServerQueue& queue) = 0;
  virtual void Handle() = 0;
  virtual void SendEnd(const grpc::Status& status, QueueEvent* tag) = 0;
  virtual void OnCancelled() {}
  virtual void OnDone() {}

 private:
  // A member function as an event of the queue.
  class Event final : public QueueEvent {
   public:
    Event(ServerCall& call, void (ServerCall::*member)(bool)) : call_(call), member_(member) {}
    void Happened(bool ok) override { (call_.*member_)(ok); }

   private:
    ServerCall& call_;
    void (ServerCall::*member_)(bool);
  };

  void Arrived(bool ok);
  void Sent(bool ok);
  void Ended(bool ok);
  void GoWhenDone();
  void Go();

  ServerQueue& queue_;
  grpc::ServerContext context_;
  Event arrived_{*this, &ServerCall::Arrived};
  Event sent_{*this, &ServerCall::Sent};
  Event ended_{*this, &ServerCall::Ended};
  std::atomic<bool> cancelled_ = false;
  Mutex finishing_;      // held until Finish returns, so that the call does not go before
  int events_left_ = 2;  // sent and ended, in any order
  std::unique_ptr<Attachment> attachment_;
};

}  // namespace orderflow::rpc
