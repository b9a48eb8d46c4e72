#include "libs/rpc/client_queue.h"

namespace orderflow::rpc {

ClientQueue::ClientQueue() : thread_([this] { DriveQueue(queue_); }) {}

ClientQueue::~ClientQueue() { Stop(); }

void ClientQueue::Stop() {
  {
    MutexLock lock(mutex_);
    stopped_ = true;
    for (ClientCall* call : under_way_) {
      call->Cancel();
    }
    ended_.wait(mutex_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return under_way_.empty(); });
  }
  if (thread_.joinable()) {
    queue_.Shutdown();
    thread_.join();
  }
}

bool ClientQueue::Begin(ClientCall& call) {
  MutexLock lock(mutex_);
  return !stopped_ && under_way_.insert(&call).second;
}

void ClientQueue::Ended(ClientCall& call) {
  MutexLock lock(mutex_);
  under_way_.erase(&call);
  if (under_way_.empty()) {
    ended_.notify_all();
  }
}

}  // namespace orderflow::rpc
