#include "libs/rpc/health_service.h"

#include <functional>
#include <utility>

namespace orderflow::rpc {
namespace {

constexpr size_t kWatchesMax = 1000;

using grpc::health::v1::Health;
using State = HealthService::Response::ServingStatus;

}  // namespace

// One Watch. Sends the latest state, and no state twice in a row; ones that were overtaken while
// the client was slow are left out.
class HealthWatch final : public ServerStreamListener {
 public:
  HealthWatch(ServerStream<HealthService::Response>& stream, std::string service,
              std::function<void()> on_done)
      : stream_(stream), service_(std::move(service)), on_done_(std::move(on_done)) {}

  const std::string& service() const { return service_; }

  void Send(State state) {
    MutexLock lock(mutex_);
    latest_ = state;
    SendNext();
  }
  void End(const grpc::Status& status) {
    MutexLock lock(mutex_);
    if (!ending_) {
      ending_ = true;
      end_ = status;
      SendNext();
    }
  }

  void OnWritten(bool /*ok*/) override {
    MutexLock lock(mutex_);
    writing_ = false;
    SendNext();
  }
  void OnCancelled() override { End(grpc::Status::CANCELLED); }
  void OnDone() override { on_done_(); }

 private:
  void SendNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    if (writing_ || ended_) {
      return;
    }
    if (ending_) {
      ended_ = true;
      stream_.Finish(end_);
    } else if (latest_ != message_.status()) {
      writing_ = true;
      message_.set_status(latest_);
      stream_.Write(message_);
    }
  }

  ServerStream<HealthService::Response>& stream_;  // lives until OnDone, and is used until End
  const std::string service_;
  const std::function<void()> on_done_;

  Mutex mutex_;
  State latest_ ABSL_GUARDED_BY(mutex_) = HealthService::Response::UNKNOWN;
  HealthService::Response message_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  grpc::Status end_ ABSL_GUARDED_BY(mutex_);
};

HealthService::HealthService() {
  Unary(&Health::AsyncService::RequestCheck, &HealthService::Check);
  Stream(&Health::AsyncService::RequestWatch, &HealthService::Watch);
}

HealthService::~HealthService() = default;

void HealthService::Set(const std::vector<std::string>& services, bool serving) {
  const State state = serving ? Response::SERVING : Response::NOT_SERVING;
  MutexLock lock(mutex_);
  for (const std::string& service : services) {
    states_[service] = state;
  }
  for (const auto& [stream, watch] : watches_) {
    if (const auto found = states_.find(watch->service()); found != states_.end()) {
      watch->Send(found->second);
    }
  }
}

void HealthService::Close() {
  MutexLock lock(mutex_);
  closed_ = true;
  for (const auto& [stream, watch] : watches_) {
    watch->End(grpc::Status(grpc::StatusCode::UNAVAILABLE, "the server is shutting down"));
  }
}

void HealthService::Check(ServerCall* call, const Request* request, Response* response) {
  {
    MutexLock lock(mutex_);
    if (const auto found = states_.find(request->service()); found != states_.end()) {
      response->set_status(found->second);
    }
  }
  call->Finish(response->status() == Response::UNKNOWN
                   ? grpc::Status(grpc::StatusCode::NOT_FOUND, "this server has no such service")
                   : grpc::Status::OK);
}

void HealthService::Watch(ServerStream<Response>* stream, const Request* request) {
  MutexLock lock(mutex_);
  if (closed_ || watches_.size() >= kWatchesMax) {
    stream->Finish(closed_ ? grpc::Status(grpc::StatusCode::UNAVAILABLE, "shutting down")
                           : grpc::Status(grpc::StatusCode::RESOURCE_EXHAUSTED,
                                          "too many watch the health of this server"));
    return;
  }
  auto watch = std::make_shared<HealthWatch>(*stream, request->service(),
                                             [this, stream] { Forget(*stream); });
  watches_.emplace(stream, watch);
  stream->Tell(watch);
  const auto found = states_.find(request->service());
  watch->Send(found == states_.end() ? Response::SERVICE_UNKNOWN : found->second);
}

void HealthService::Forget(const ServerCall& stream) {
  MutexLock lock(mutex_);
  watches_.erase(&stream);
}

}  // namespace orderflow::rpc
