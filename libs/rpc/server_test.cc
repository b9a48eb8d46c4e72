// Proves the promises of the server over a real socket: health for every service, reflection that
// knows the health service, no sharing of ports, bounded messages, no decompression, and that
// a read is retried by the channel, within a budget, while other calls are not.
#include "libs/rpc/server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <vector>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/testing/test_service.h"
#include "libs/testing/eventually.h"
#include "libs/testing/loopback.h"

namespace orderflow::rpc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;

constexpr Duration kLong = std::chrono::seconds(20);
constexpr char kService[] = "orderflow.provider.v1.ProviderService";

TestService::Method Answer(const grpc::Status& status) {
  return [status](ServerCall* call, const auto*, auto*) { call->Finish(status); };
}

std::string AddressOf(const Server& server) { return fmt::format("127.0.0.1:{}", server.port()); }

grpc::Status Get(const std::shared_ptr<grpc::Channel>& channel, const TestService::Request& request,
                 grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
  grpc::ClientContext context;
  Prepare(context, kLong, telemetry::NewTrace());
  context.set_compression_algorithm(compression);
  TestService::Response response;
  return provider::v1::ProviderService::NewStub(channel)->GetOperation(&context, request,
                                                                       &response);
}

// The state as a number of HealthCheckResponse, or the status code of the call, negated.
int Health(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
  grpc::ClientContext context;
  Prepare(context, kLong, telemetry::NewTrace());
  HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const grpc::Status status =
      grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  return status.ok() ? static_cast<int>(response.status()) : -static_cast<int>(status.error_code());
}

TEST(Server, AnswersHealthForItselfAndEveryService) {
  TestService service(Answer(grpc::Status::OK));
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  const auto channel = MakeChannel(AddressOf(server), {});

  EXPECT_EQ(Health(channel, ""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(Health(channel, kService), HealthCheckResponse::NOT_SERVING);
  server.SetServing(true);
  EXPECT_EQ(Health(channel, ""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(channel, kService), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(channel, "no.such.Service"), -static_cast<int>(grpc::StatusCode::NOT_FOUND));
}

TEST(Server, TellsWhoWatchesItsHealthOfEachChangeAndOfItsEnd) {
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({}).ok());
  const auto channel = MakeChannel(AddressOf(server), {});
  grpc::ClientContext context;
  Prepare(context, kLong, telemetry::NewTrace());
  HealthCheckResponse response;
  const auto watch = grpc::health::v1::Health::NewStub(channel)->Watch(&context, {});

  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  server.SetServing(true);
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  std::future<void> stop = std::async(std::launch::async, [&] { server.Stop(kLong); });
  while (watch->Read(&response)) {
    EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  }

  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// More of them, one after the other, than may watch at once.
TEST(Server, ForgetsAHealthWatchThatItsClientHasLeft) {
  constexpr int kWatches = 1500;
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({}).ok());
  const auto stub = grpc::health::v1::Health::NewStub(MakeChannel(AddressOf(server), {}));
  HealthCheckRequest request;
  request.set_service("no.such.Service");
  for (int i = 0; i < kWatches; ++i) {
    grpc::ClientContext context;
    HealthCheckResponse response;
    const auto watch = stub->Watch(&context, request);
    ASSERT_TRUE(watch->Read(&response)) << "watch " << i << ": " << watch->Finish().error_message();
    EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);

    context.TryCancel();
    EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::CANCELLED);
  }

  server.SetServing(true);
  server.Stop(kLong);  // would wait for a stream that nobody ends
}

TEST(Server, WithoutServicesAnswersHealth) {
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({}).ok());

  EXPECT_EQ(Health(MakeChannel(AddressOf(server), {}), ""), HealthCheckResponse::NOT_SERVING);
}

TEST(Server, LinksTheDescriptorOfHealthInForReflection) {
  EXPECT_NE(google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(
                "grpc.health.v1.Health"),
            nullptr);
}

int64_t Threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                       std::filesystem::directory_iterator());
}

// A stream of which nobody says anything, as a client of reflection may leave it.
struct SilentStream {
  grpc::ClientContext context;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
  grpc::Status status;
};

// gRPC gives each a thread of its own, for as long as it is open.
TEST(Server, OpenReflectionStreamsTakeFewThreads) {
  constexpr int kStreams = 100;
  constexpr int kThreads = 8;  // with one that waits for the next stream
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({}).ok());
  const auto channel = MakeChannel(AddressOf(server), {});
  EXPECT_EQ(Health(channel, ""), HealthCheckResponse::NOT_SERVING);
  const int64_t threads_before = Threads();
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  std::vector<SilentStream> streams(kStreams);

  for (SilentStream& stream : streams) {
    stream.call = stub.PrepareCall(
        &stream.context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", &queue);
    stream.call->StartCall(nullptr);
    stream.call->Finish(&stream.status, &stream);
  }

  void* tag = nullptr;
  bool is_ok = false;
  for (int refused = 0; refused < kStreams - kThreads; refused += tag == nullptr ? 0 : 1) {
    ASSERT_EQ(queue.AsyncNext(&tag, &is_ok, std::chrono::system_clock::now() + kLong),
              grpc::CompletionQueue::GOT_EVENT)
        << refused << " refused";
    if (tag != nullptr) {
      EXPECT_EQ(static_cast<SilentStream*>(tag)->status.error_code(),
                grpc::StatusCode::RESOURCE_EXHAUSTED);
    }
  }
  EXPECT_LE(Threads(), threads_before + 2 * kThreads) << "some of them are the client's";
  EXPECT_EQ(Health(channel, ""), HealthCheckResponse::NOT_SERVING);
  for (SilentStream& stream : streams) {
    stream.context.TryCancel();
  }
  queue.Shutdown();
  while (queue.Next(&tag, &is_ok)) {
  }
}

TEST(Server, DoesNotShareItsPort) {
  Server first({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(first.Start({}).ok());

  Server second({.listen_address = AddressOf(first)});
  const absl::Status status = second.Start({});

  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(Message(status), HasSubstr(AddressOf(first)));
}

TEST(Server, CanListenAgainOnAPortJustLeft) {
  Server first({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(first.Start({}).ok());
  const std::string address = AddressOf(first);
  EXPECT_EQ(Health(MakeChannel(address, {}), ""), HealthCheckResponse::NOT_SERVING);

  first.Stop(Duration::zero());
  Server second({.listen_address = address});

  EXPECT_TRUE(second.Start({}).ok());
}

// Sockets of clients who only connect.
class IdleConnections {
 public:
  IdleConnections(int port, int count) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < count; ++i) {
      sockets_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      (void)connect(sockets_.back(), reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    }
  }
  ~IdleConnections() {
    for (const int socket : sockets_) {
      close(socket);
    }
  }
  IdleConnections(const IdleConnections&) = delete;
  IdleConnections& operator=(const IdleConnections&) = delete;

  // How many the server has closed; a live one hears the server's SETTINGS first.
  int Closed() const {
    int closed = 0;
    for (const int socket : sockets_) {
      pollfd readable{.fd = socket, .events = POLLIN, .revents = 0};
      char byte = 0;
      closed += poll(&readable, 1, 5'000) == 1 && recv(socket, &byte, 1, MSG_PEEK) <= 0 ? 1 : 0;
    }
    return closed;
  }

 private:
  std::vector<int> sockets_;
};

TEST(Server, ClosesConnectionsBeyondWhatTheProcessMayOpenAndServesOn) {
  // Both ends are of this process: its own may take all their descriptors first, and some are left.
  constexpr int kConnections = 200;
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  const rlimit tight{.rlim_cur = 2 * kConnections, .rlim_max = files.rlim_max};
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  const absl::Status started = server.Start({});
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &files), 0);
  ASSERT_TRUE(started.ok()) << started;

  {
    const IdleConnections idle(server.port(), kConnections);
    const int closed = idle.Closed();
    EXPECT_GT(closed, 0);
    EXPECT_LT(closed, kConnections) << "those within the bound are served";
  }

  // The server needs a moment to see that they are gone.
  EXPECT_TRUE(testing::Eventually([&server] {
    return Health(MakeChannel(AddressOf(server), {}), "") == HealthCheckResponse::NOT_SERVING;
  }));
}

TEST(Server, RefusesLargeMessages) {
  TestService service(Answer(grpc::Status::OK));
  Server server({.listen_address = "127.0.0.1:0", .message_size_max = 1000});
  ASSERT_TRUE(server.Start({&service}).ok());
  TestService::Request request;
  request.set_idempotency_key(std::string(2000, 'x'));

  const grpc::Status status = Get(MakeChannel(AddressOf(server), {}), request);

  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(Server, DoesNotDecompress) {
  TestService service(Answer(grpc::Status::OK));
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  TestService::Request request;
  request.set_idempotency_key(std::string(2000, 'x'));

  const grpc::Status status = Get(MakeChannel(AddressOf(server), {}), request, GRPC_COMPRESS_GZIP);

  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
}

int AttemptsOfAFailingCall(const ChannelOptions& options, grpc::StatusCode code) {
  std::atomic<int> attempts = 0;
  TestService service([&](ServerCall* call, const auto*, auto*) {
    attempts.fetch_add(1);
    call->Finish(grpc::Status(code, "not now"));
  });
  Server server({.listen_address = "127.0.0.1:0"});
  EXPECT_TRUE(server.Start({&service}).ok());
  EXPECT_EQ(Get(MakeChannel(AddressOf(server), options), {}).error_code(), code);
  return attempts.load();
}

TEST(Channel, RetriesReadsOnUnavailableOnly) {
  const ChannelOptions reads{.retry_reads = true, .service_name = kService};

  EXPECT_EQ(AttemptsOfAFailingCall(reads, grpc::StatusCode::UNAVAILABLE), 3);
  EXPECT_EQ(AttemptsOfAFailingCall(reads, grpc::StatusCode::INTERNAL), 1);
  EXPECT_EQ(AttemptsOfAFailingCall({}, grpc::StatusCode::UNAVAILABLE), 1);
}

// Half of all attempts fail: without a budget each call would make 1.75 of them.
TEST(Channel, KeepsItsRetriesWithinABudget) {
  constexpr int kCalls = 2'000;
  std::atomic<int> attempts = 0;
  TestService service([&](ServerCall* call, const auto*, auto*) {
    const bool fails = attempts.fetch_add(1) % 2 == 0;
    call->Finish(fails ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "not now") : grpc::Status::OK);
  });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  const auto channel =
      MakeChannel(AddressOf(server), {.retry_reads = true, .service_name = kService});

  for (int i = 0; i < kCalls; ++i) {
    (void)Get(channel, {});
  }

  EXPECT_GT(attempts.load(), kCalls) << "a blip is retried";
  EXPECT_LE(attempts.load(), kCalls * 11 / 10) << "a lasting outage is not";
}

// A peer that is busy with its part of a handshake is not given up before it had the time for it.
TEST(Channel, WaitsForASlowHandshakeLongerThanForAnotherTry) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = ::orderflow::testing::Loopback(0);
  socklen_t size = sizeof(address);
  ASSERT_EQ(bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(listen(listener, 8), 0);
  ASSERT_EQ(getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const auto channel = MakeChannel(fmt::format("127.0.0.1:{}", ntohs(address.sin_port)), {});

  const auto soon = std::chrono::system_clock::now() + kLong;
  while (channel->GetState(/*try_to_connect=*/true) == GRPC_CHANNEL_IDLE) {
    ASSERT_TRUE(channel->WaitForStateChange(GRPC_CHANNEL_IDLE, soon));
  }

  EXPECT_FALSE(channel->WaitForStateChange(
      GRPC_CHANNEL_CONNECTING, std::chrono::system_clock::now() + std::chrono::seconds(1)));
  close(listener);
}

TEST(CallContext, CarriesTraceAndDeadline) {
  std::string trace_id;
  Duration left{};
  TestService service([&](ServerCall* call, const auto*, auto*) {
    trace_id = telemetry::ParseTraceparent(TraceparentOf(call->context()))->trace_id;
    left = TimeLeft(call->context(), std::chrono::hours(1));
    call->Finish(grpc::Status::OK);
  });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  const telemetry::TraceContext trace = telemetry::NewTrace();
  grpc::ClientContext context;
  Prepare(context, kLong, trace);
  TestService::Response response;

  const auto channel = MakeChannel(AddressOf(server), {});
  ASSERT_TRUE(
      provider::v1::ProviderService::NewStub(channel)->GetOperation(&context, {}, &response).ok());

  EXPECT_EQ(trace_id, trace.trace_id);
  EXPECT_GT(left, Duration::zero());
  // gRPC rounds timeouts up on the wire.
  EXPECT_LE(left, kLong + std::chrono::seconds(1));
}

}  // namespace
}  // namespace orderflow::rpc
