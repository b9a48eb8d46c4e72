#include "libs/rpc/server_queue.h"

#include <grpcpp/completion_queue.h>

#include <utility>

#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

namespace orderflow::rpc {
namespace {

// Debian's gRPC is not instrumented: ThreadSanitizer must be told that it hands over what has been
// written before.
void HandOver([[maybe_unused]] void* tag) {
#ifdef __SANITIZE_THREAD__
  __tsan_release(tag);
#endif
}
void TakeOver([[maybe_unused]] void* tag) {
#ifdef __SANITIZE_THREAD__
  __tsan_acquire(tag);
#endif
}

}  // namespace

void* TagOf(QueueEvent& event) {
  HandOver(&event);
  return &event;
}

void DriveQueue(grpc::CompletionQueue& queue) {
  void* tag = nullptr;
  bool ok = false;
  while (queue.Next(&tag, &ok)) {
    TakeOver(tag);
    static_cast<QueueEvent*>(tag)->Happened(ok);
  }
}

ServerQueue::ServerQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : queue_(std::move(queue)) {}

ServerQueue::~ServerQueue() { Stop(); }

void ServerQueue::CallEnds() {
  if (--calls_ == 0) {
    calls_.notify_all();
  }
}

void ServerQueue::Start() {
  thread_ = std::thread([this] { DriveQueue(*queue_); });
}

void ServerQueue::AwaitCalls() const {
  for (int64_t calls = calls_; calls != 0; calls = calls_) {
    calls_.wait(calls);
  }
}

void ServerQueue::Stop() {
  AwaitCalls();
  if (queue_ == nullptr) {
    return;
  }
  queue_->Shutdown();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    DriveQueue(*queue_);
  }
  queue_.reset();
}

}  // namespace orderflow::rpc
