// grpc_ceiling: how many unary calls a second gRPC alone can carry, for comparison with what the
// services answer in the same minute: bytes of an order's size there and back, no protobuf, no
// handler, one completion queue and thread on either side, each in a process of its own.
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "tests/load/ceiling.h"

namespace orderflow::grpc_ceiling {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr char kMethod[] = "/orderflow.ceiling.v1.Echo/Echo";
constexpr std::chrono::seconds kConnectTimeout(10);

struct Arguments {
  int seconds = 5;
  int warmup_seconds = 1;
  int in_flight = 64;
  int bytes = 293;
};

// One call on the server: it reads, writes back what it read, and goes.
class Echo {
 public:
  Echo(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue), stream_(&context_) {
    service_.RequestCall(&context_, &stream_, &queue_, &queue_, this);
  }

  void Proceed(bool ok) {
    if (!ok || step_ == Step::kFinished) {
      delete this;
      return;
    }
    switch (step_) {
      case Step::kRequested:
        new Echo(service_, queue_);  // the next call; it deletes itself as this one does
        step_ = Step::kRead;
        stream_.Read(&buffer_, this);
        break;
      case Step::kRead:
        step_ = Step::kFinished;
        stream_.WriteAndFinish(buffer_, grpc::WriteOptions(), grpc::Status::OK, this);
        break;
      case Step::kFinished:
        break;
    }
  }

 private:
  enum class Step { kRequested, kRead, kFinished };

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_;
  grpc::ByteBuffer buffer_;
  Step step_ = Step::kRequested;
};

// Serves until it is killed; writes its port to `port_pipe` first.
[[noreturn]] void Serve(int port_pipe, int in_flight) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterAsyncGenericService(&service);
  const auto queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (server == nullptr || write(port_pipe, &port, sizeof(port)) != sizeof(port)) {
    _exit(EXIT_FAILURE);
  }
  for (int waiting = 0; waiting < in_flight; ++waiting) {
    new Echo(service, *queue);
  }
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) {
    static_cast<Echo*>(tag)->Proceed(ok);
  }
  _exit(0);
}

struct Call {
  std::unique_ptr<grpc::ClientContext> context;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  SteadyClock::time_point start;
};

struct Measured {
  std::vector<double> latencies_us;
  int64_t failed = 0;
};

// Keeps `in_flight` calls under way until `end`; counts those that ended after `from`.
Measured CallUntil(int port, const Arguments& arguments, SteadyClock::time_point from,
                   SteadyClock::time_point end) {
  const auto channel =
      grpc::CreateChannel("127.0.0.1:" + std::to_string(port), grpc::InsecureChannelCredentials());
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const grpc::Slice slice(std::string(static_cast<size_t>(arguments.bytes), 'x'));
  const grpc::ByteBuffer request(&slice, 1);
  std::vector<Call> calls(static_cast<size_t>(arguments.in_flight));
  const auto start = [&](Call& call) {
    call.reader.reset();  // lives in the old context's memory
    call.context = std::make_unique<grpc::ClientContext>();
    call.start = SteadyClock::now();
    call.reader = stub.PrepareUnaryCall(call.context.get(), kMethod, request, &queue);
    call.reader->StartCall();
    call.reader->Finish(&call.answer, &call.status, &call);
  };
  Measured measured;
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTimeout)) {
    measured.failed = 1;
    return measured;
  }
  std::for_each(calls.begin(), calls.end(), start);
  size_t open = calls.size();
  void* tag = nullptr;
  bool ok = false;
  while (open > 0 && queue.Next(&tag, &ok)) {
    Call& call = *static_cast<Call*>(tag);
    const SteadyClock::time_point now = SteadyClock::now();
    measured.failed += call.status.ok() ? 0 : 1;
    if (now >= from && now < end) {
      measured.latencies_us.push_back(
          std::chrono::duration<double, std::micro>(now - call.start).count());
    }
    if (now < end) {
      start(call);
    } else {
      --open;
    }
  }
  queue.Shutdown();
  return measured;
}

absl::Status Measure(const Arguments& arguments) {
  int ends[2];
  if (pipe(ends) != 0) {
    return absl::ErrnoToStatus(errno, "no pipe to the echo server");
  }
  const pid_t server = fork();  // before gRPC has threads
  if (server == 0) {
    Serve(ends[1], arguments.in_flight);
  }
  close(ends[1]);
  int port = 0;
  if (server < 0 || read(ends[0], &port, sizeof(port)) != sizeof(port)) {
    return absl::InternalError("the echo server did not start");
  }
  const auto from = SteadyClock::now() + std::chrono::seconds(arguments.warmup_seconds);
  Measured measured =
      CallUntil(port, arguments, from, from + std::chrono::seconds(arguments.seconds));
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  if (measured.failed > 0 || measured.latencies_us.empty()) {
    return absl::InternalError(std::to_string(measured.failed) + " calls failed");
  }
  std::sort(measured.latencies_us.begin(), measured.latencies_us.end());
  const auto at = [&](double share) {
    return measured.latencies_us[static_cast<size_t>(
        share * static_cast<double>(measured.latencies_us.size() - 1))];
  };
  std::printf("grpc_ceiling: calls_per_second=%.0f p50_us=%.0f p99_us=%.0f in_flight=%d bytes=%d\n",
              static_cast<double>(measured.latencies_us.size()) / arguments.seconds, at(0.50),
              at(0.99), arguments.in_flight, arguments.bytes);
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  CLI::App app("Unary calls per second that gRPC alone can carry");
  Arguments arguments;
  app.add_option("--seconds", arguments.seconds, "Length of the measurement")
      ->check(CLI::Range(1, 600))
      ->capture_default_str();
  app.add_option("--warmup", arguments.warmup_seconds, "Seconds before it")
      ->check(CLI::Range(0, 600))
      ->capture_default_str();
  app.add_option("--in-flight", arguments.in_flight, "Calls under way at any time")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.add_option("--bytes", arguments.bytes, "Size of a request and of an answer")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  return RunCeiling(app, argc, argv, [&] { return Measure(arguments); });
}

}  // namespace
}  // namespace orderflow::grpc_ceiling

int main(int argc, char** argv) { return orderflow::grpc_ceiling::Main(argc, argv); }
