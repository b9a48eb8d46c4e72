#pragma once

#include <grpcpp/support/async_stream.h>

#include <atomic>
#include <memory>
#include <utility>

#include "libs/rpc/client_queue.h"

namespace orderflow::rpc {

// What a stream tells whoever has opened it; on the thread of its queue, so no member may block.
class ClientStreamListener {
 public:
  virtual ~ClientStreamListener() = default;

  // What was asked for has come, or (not `ok`) nothing comes any more.
  virtual void OnRead(bool ok) = 0;
  // What was written is gone, or (not `ok`) the server is.
  virtual void OnWritten(bool ok) = 0;
  // The last word; the stream goes.
  virtual void OnEnded(const grpc::Status& status) = 0;
};

// A stream of both directions to a server, on a ClientQueue. It owns itself until OnEnded, which
// comes after End alone; whoever opens it must Write and Read at once, since nothing is told of a
// call that has not begun. One member is called at a time, and End once every earlier one has
// returned: the stream may be gone then.
template <class Request, class Response>
class ClientStream final : public ClientCall {
 public:
  // The call that `prepare(context, queue)` prepares (Stub::PrepareAsyncFoo); it begins with the
  // first message. The deadline of `context` bounds it. Null when the queue makes no calls any
  // more.
  template <class Prepare>
  static ClientStream* Open(ClientQueue& queue, std::unique_ptr<grpc::ClientContext> context,
                            const Prepare& prepare,
                            std::shared_ptr<ClientStreamListener> listener) {
    std::unique_ptr<ClientStream> stream(
        new ClientStream(queue, std::move(context), std::move(listener)));
    if (!queue.Begin(*stream)) {
      return nullptr;
    }
    stream->context_->set_initial_metadata_corked(true);  // sent with the first message
    stream->io_ = prepare(stream->context_.get(), &queue.queue_);
    stream->io_->StartCall(nullptr);  // says nothing when the metadata is corked
    return stream.release();
  }

  // One at a time, until CloseWrites; `message` is free again when this returns.
  void Write(const Request& message) { io_->Write(message, Begins(written_)); }
  // Tells the server that no more messages come. Once, and not during a Write.
  void CloseWrites() { io_->WritesDone(Begins(closed_)); }
  // Asks for the server's next message, which `message` must live for until OnRead. One at a time.
  void Read(Response& message) { io_->Read(&message, Begins(read_)); }
  // Asks how the call has ended; once, after a Read that was not `ok`, and the last.
  void End() {
    ending_ = true;
    io_->Finish(&status_, Begins(finished_));
  }

 private:
  // A member function as an event of the queue.
  class Event final : public QueueEvent {
   public:
    Event(ClientStream& stream, void (ClientStream::*member)(bool))
        : stream_(stream), member_(member) {}
    void Happened(bool ok) override { (stream_.*member_)(ok); }

   private:
    ClientStream& stream_;
    void (ClientStream::*member_)(bool);
  };

  ClientStream(ClientQueue& queue, std::unique_ptr<grpc::ClientContext> context,
               std::shared_ptr<ClientStreamListener> listener)
      : ClientCall(queue, std::move(context)), listener_(std::move(listener)) {}

  void* Begins(Event& event) {
    ++under_way_;
    return TagOf(event);
  }
  void HasRead(bool ok) {
    listener_->OnRead(ok);
    GoWhenDone();
  }
  void HasWritten(bool ok) {
    listener_->OnWritten(ok);
    GoWhenDone();
  }
  void HasClosed(bool /*ok*/) { GoWhenDone(); }
  void HasFinished(bool /*ok*/) { GoWhenDone(); }

  // All events come on one thread, End is called there, and no other begins after it.
  void GoWhenDone() {
    if (--under_way_ > 0 || !ending_) {
      return;
    }
    const std::unique_ptr<ClientStream> self(this);
    listener_->OnEnded(status_);
    listener_ = nullptr;  // with what it holds, before anybody may take the call for ended
    queue_.Ended(*this);
  }

  std::shared_ptr<ClientStreamListener> listener_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<Request, Response>> io_;
  Event read_{*this, &ClientStream::HasRead};
  Event written_{*this, &ClientStream::HasWritten};
  Event closed_{*this, &ClientStream::HasClosed};
  Event finished_{*this, &ClientStream::HasFinished};
  std::atomic<int> under_way_ = 0;
  bool ending_ = false;
  grpc::Status status_;
};

}  // namespace orderflow::rpc
