#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>

namespace grpc {
class CompletionQueue;
class ServerCompletionQueue;
}  // namespace grpc

namespace orderflow::rpc {

// What waits on a completion queue: gRPC is given its address as the tag of an operation.
class QueueEvent {
 public:
  virtual ~QueueEvent() = default;
  // The operation has ended; `ok` is gRPC's word on how.
  virtual void Happened(bool ok) = 0;
};

// The tag of an operation that ends with `event`. From here until then the event is gRPC's.
void* TagOf(QueueEvent& event);

// Tells whoever waits on `queue` what has happened, until the queue is shut down and empty.
void DriveQueue(grpc::CompletionQueue& queue);

// The completion queue of a server, and the one thread that drives it: with a second one each call
// wakes threads up that have nothing to do (ADR 0027). Nothing that runs on this thread may block.
class ServerQueue {
 public:
  explicit ServerQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue);
  ~ServerQueue();
  ServerQueue(const ServerQueue&) = delete;
  ServerQueue& operator=(const ServerQueue&) = delete;

  grpc::ServerCompletionQueue& queue() { return *queue_; }

  // Calls are counted from when they are asked for until gRPC is done with them.
  void CallBegins() { ++calls_; }
  void CallEnds();

  void Start();
  // Once the server is being shut down: waits until every call that has begun is done and none is
  // waited for.
  void AwaitCalls() const;
  // After the server has been shut down. Awaits the calls, since an answer needs the queue, and
  // joins.
  void Stop();

 private:
  std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::atomic<int64_t> calls_ = 0;
  std::thread thread_;
};

}  // namespace orderflow::rpc
