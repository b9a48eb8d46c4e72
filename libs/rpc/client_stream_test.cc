// Proves that a stream of both directions carries messages both ways, is told how it ended exactly
// once however it ends, and that Stop of its queue waits for that. Uses a real server and channel
// on a free port.
#include "libs/rpc/client_stream.h"

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/service.h"
#include "libs/telemetry/trace_context.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::rpc {
namespace {

namespace pb = provider::v1;

using std::chrono::milliseconds;
using std::chrono::seconds;
using Request = pb::BookOperationsRequest;
using Response = pb::BookOperationsResponse;

constexpr Duration kLong = seconds(20);  // a bound for waiting, never reached when all is well

// Answers each message with the sequences of its operations, or with nothing at all.
class Echo final : public BidiStreamListener {
 public:
  Echo(BidiStream<Request, Response>& stream, bool silent) : stream_(stream), silent_(silent) {}

  void OnRead(bool ok) override {
    if (!ok) {
      stream_.Finish(grpc::Status::OK);
      return;
    }
    if (silent_) {
      stream_.Read(request_);
      return;
    }
    response_.Clear();
    for (const auto& operation : request_.operations()) {
      response_.add_answers()->set_sequence(operation.sequence());
    }
    stream_.Write(response_);
  }
  void OnWritten(bool /*ok*/) override { stream_.Read(request_); }
  void OnCancelled() override {}
  void OnDone() override {}

  void Begin() { stream_.Read(request_); }

 private:
  BidiStream<Request, Response>& stream_;
  const bool silent_;
  Request request_;
  Response response_;
};

class EchoService final
    : public ServiceOf<
          pb::ProviderService::WithAsyncMethod_BookOperations<pb::ProviderService::Service>> {
 public:
  EchoService() { Bidi(&Generated::RequestBookOperations, &EchoService::Handle); }

  bool silent = false;

 private:
  void Handle(BidiStream<Request, Response>* stream) {
    auto echo = std::make_shared<Echo>(*stream, silent);
    stream->Tell(echo);
    echo->Begin();
  }
};

// Sends one message with one operation after the other, closes its side after `messages`, and says
// how it ended.
class Caller final : public ClientStreamListener {
 public:
  explicit Caller(int messages) : messages_(messages) {}

  void Begin(ClientStream<Request, Response>& stream) {
    MutexLock lock(mutex_);  // until both have returned
    stream_ = &stream;
    Send();
    stream_->Read(response_);
  }
  std::future<grpc::StatusCode> ended() { return ended_.get_future(); }
  int answers() const { return answers_; }

  void OnRead(bool ok) override {
    MutexLock lock(mutex_);
    if (!ok) {
      closed_ = true;
      stream_->End();
      return;
    }
    EXPECT_EQ(response_.answers(0).sequence(), answers_);
    ++answers_;
    stream_->Read(response_);
    GoOn();
  }
  void OnWritten(bool ok) override {
    MutexLock lock(mutex_);
    writing_ = false;
    if (ok) {
      GoOn();
    }
  }
  void OnEnded(const grpc::Status& status) override { ended_.set_value(status.error_code()); }

 private:
  // An answer may come before the word that its message is written.
  void GoOn() {
    if (writing_ || closed_ || sent_ > answers_) {
      return;
    }
    if (sent_ < messages_) {
      Send();
    } else {
      closed_ = true;
      stream_->CloseWrites();
    }
  }
  void Send() {
    writing_ = true;
    ++sent_;
    Request request;
    request.add_operations()->set_sequence(answers_);
    stream_->Write(request);
  }

  const int messages_;
  Mutex mutex_;
  ClientStream<Request, Response>* stream_ = nullptr;
  Response response_;
  bool writing_ = false;
  bool closed_ = false;
  int sent_ = 0;
  int answers_ = 0;
  std::promise<grpc::StatusCode> ended_;
};

class ClientStreamTest : public ::testing::Test {
 protected:
  void Serve() {
    ASSERT_TRUE(server_.Start({&service_}).ok());
    stub_ =
        pb::ProviderService::NewStub(MakeChannel(fmt::format("127.0.0.1:{}", server_.port()), {}));
  }

  ClientStream<Request, Response>* Open(const std::shared_ptr<Caller>& caller, Duration timeout) {
    auto context = std::make_unique<grpc::ClientContext>();
    Prepare(*context, timeout, telemetry::NewTrace());
    return ClientStream<Request, Response>::Open(
        queue_, std::move(context),
        [&](auto* prepared, auto* queue) {
          return stub_->PrepareAsyncBookOperations(prepared, queue);
        },
        caller);
  }

  EchoService service_;
  Server server_{{.listen_address = "127.0.0.1:0"}};
  std::unique_ptr<pb::ProviderService::Stub> stub_;
  ClientQueue queue_;
};

TEST_F(ClientStreamTest, CarriesMessagesBothWaysUntilItsSideIsClosed) {
  Serve();
  const auto caller = std::make_shared<Caller>(100);
  std::future<grpc::StatusCode> ended = caller->ended();

  caller->Begin(*Open(caller, kLong));

  ASSERT_EQ(ended.wait_for(kLong), std::future_status::ready);
  EXPECT_EQ(ended.get(), grpc::StatusCode::OK);
  EXPECT_EQ(caller->answers(), 100);
}

TEST_F(ClientStreamTest, EndsWithItsDeadline) {
  service_.silent = true;
  Serve();
  const auto caller = std::make_shared<Caller>(1);
  std::future<grpc::StatusCode> ended = caller->ended();

  caller->Begin(*Open(caller, milliseconds(100)));

  ASSERT_EQ(ended.wait_for(kLong), std::future_status::ready);
  EXPECT_EQ(ended.get(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(ClientStreamTest, EndsWhenNobodyServes) {
  Serve();
  server_.Stop(Duration::zero());
  const auto caller = std::make_shared<Caller>(1);
  std::future<grpc::StatusCode> ended = caller->ended();

  caller->Begin(*Open(caller, kLong));

  ASSERT_EQ(ended.wait_for(kLong), std::future_status::ready);
  EXPECT_EQ(ended.get(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ClientStreamTest, EndsBeforeItsQueueHasStopped) {
  service_.silent = true;
  Serve();
  const auto caller = std::make_shared<Caller>(1);
  std::future<grpc::StatusCode> ended = caller->ended();
  caller->Begin(*Open(caller, kLong));

  queue_.Stop();

  ASSERT_EQ(ended.wait_for(seconds(0)), std::future_status::ready);
  EXPECT_EQ(ended.get(), grpc::StatusCode::CANCELLED);
  EXPECT_EQ(Open(std::make_shared<Caller>(1), kLong), nullptr);
}

}  // namespace
}  // namespace orderflow::rpc
