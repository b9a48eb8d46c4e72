#include "libs/rpc/server_call.h"

#include <grpcpp/completion_queue.h>

namespace orderflow::rpc {

void ServerCall::Begin() {
  queue_.CallBegins();
  context_.AsyncNotifyWhenDone(&ended_);
  Take(context_, queue_.queue(), &arrived_);
}

void ServerCall::Arrived(bool ok) {
  if (!ok) {
    Go();  // the server is shut down; gRPC says no more of a call that has not come
    return;
  }
  ExpectNext(queue_);
  Handle();
}

void ServerCall::Sent(bool /*ok*/) {
  { MutexLock lock(finishing_); }
  GoWhenDone();
}

void ServerCall::Ended(bool /*ok*/) {
  if (context_.IsCancelled()) {
    cancelled_.store(true);
    OnCancelled();
  }
  GoWhenDone();
}

void ServerCall::GoWhenDone() {
  if (--events_left_ == 0) {
    OnDone();
    Go();
  }
}

void ServerCall::Go() {
  ServerQueue& queue = queue_;
  delete this;
  queue.CallEnds();
}

}  // namespace orderflow::rpc
