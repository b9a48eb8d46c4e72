#include "libs/service/http_server.h"

#include <httplib.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <deque>
#include <thread>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/service/host_and_port.h"

namespace orderflow::service {
namespace {

using Deadline = std::chrono::steady_clock::time_point;

constexpr int kListenBacklog = 128;  // the library's own 5 makes clients wait for a second
// For a client to read an answer that came before its request was read in full.
constexpr std::chrono::milliseconds kLingerMax{500};
constexpr size_t kLingerBytesMax = 1 << 20;

constexpr int kNotFound = 404;
constexpr int kMethodNotAllowed = 405;
constexpr int kLengthRequired = 411;
constexpr int kTooLarge = 413;
constexpr int kUnsupportedMediaType = 415;
constexpr int kInternalError = 500;

// Not SO_REUSEPORT, the library's default: a left-over process must not share the port.
void SetSocketOptions(int socket) {
  const int on = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
}

// One accepted connection. Bounds what a client can do: so many bytes are read in all, and reading
// and writing end at a point in time, however slowly the bytes trickle. The library's own limits
// are for each line and each wait, and a body in chunks has none.
class BoundedConnection final : public httplib::Stream {
 public:
  BoundedConnection(int socket, size_t bytes_max, Deadline deadline)
      : socket_(socket), bytes_left_(bytes_max), deadline_(deadline) {}
  ~BoundedConnection() override { close(socket_); }
  BoundedConnection(const BoundedConnection&) = delete;
  BoundedConnection& operator=(const BoundedConnection&) = delete;

  bool is_readable() const override { return begin_ < end_ || Await(POLLIN, deadline_); }
  bool is_writable() const override { return Await(POLLOUT, deadline_); }

  // The library reads lines byte by byte, hence the buffer.
  ssize_t read(char* data, size_t size) override {
    if (begin_ == end_ && !Fill()) {
      return -1;
    }
    const size_t count = std::min(size, end_ - begin_);
    std::copy_n(buffer_.data() + begin_, count, data);
    begin_ += count;
    return static_cast<ssize_t>(count);
  }
  // All of it, as the library expects, or an error.
  ssize_t write(const char* data, size_t size) override {
    size_t written = 0;
    while (written < size) {
      if (!is_writable()) {
        return -1;
      }
      const ssize_t count =
          send(socket_, data + written, size - written, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count < 0) {
        return -1;
      }
      written += static_cast<size_t>(count);
    }
    return static_cast<ssize_t>(size);
  }

  // Says that nothing more comes, and lets the client read what came: closing a socket that has
  // unread bytes would take the answer away from it.
  void Finish() {
    shutdown(socket_, SHUT_WR);
    const Deadline until = std::chrono::steady_clock::now() + kLingerMax;
    size_t drained = 0;
    while (drained < kLingerBytesMax && Await(POLLIN, until)) {
      const ssize_t count = recv(socket_, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
      if (count <= 0) {
        return;
      }
      drained += static_cast<size_t>(count);
    }
  }

  void get_remote_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();  // nobody asks
    port = 0;
  }
  void get_local_ip_and_port(std::string& ip, int& port) const override {
    ip.clear();
    port = 0;
  }
  int socket() const override { return socket_; }

 private:
  bool Await(short event, Deadline until) const {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    if (left.count() <= 0) {
      return false;
    }
    pollfd waiting{.fd = socket_, .events = event, .revents = 0};
    return poll(&waiting, 1, static_cast<int>(left.count())) > 0;
  }

  bool Fill() {
    const size_t wanted = std::min(buffer_.size(), bytes_left_);
    if (wanted == 0 || !Await(POLLIN, deadline_)) {
      return false;
    }
    const ssize_t count = recv(socket_, buffer_.data(), wanted, MSG_DONTWAIT);
    begin_ = 0;
    end_ = count > 0 ? static_cast<size_t>(count) : 0;
    bytes_left_ -= end_;
    return end_ > 0;
  }

  const int socket_;
  size_t bytes_left_;
  const Deadline deadline_;
  std::array<char, 4096> buffer_{};
  size_t begin_ = 0;
  size_t end_ = 0;
};

// The library's own pool has no bound on what waits.
class BoundedThreads final : public httplib::TaskQueue {
 public:
  BoundedThreads(size_t threads, size_t waiting_max) : waiting_max_(waiting_max) {
    for (size_t i = 0; i < threads; ++i) {
      threads_.emplace_back([this] { Run(); });
    }
  }

  // Waits for room, in the thread that accepts connections: the rest stays in the kernel's queue.
  void enqueue(std::function<void()> task) override {
    MutexLock lock(mutex_);
    changed_.wait(mutex_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return tasks_.size() < waiting_max_ || closed_;
    });
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }

  // Runs what waits: each task closes its connection.
  void shutdown() override {
    {
      MutexLock lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    for (std::jthread& thread : threads_) {
      thread.join();
    }
  }

 private:
  void Run() {
    while (true) {
      std::function<void()> task;
      {
        MutexLock lock(mutex_);
        changed_.wait(
            mutex_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !tasks_.empty() || closed_; });
        if (tasks_.empty()) {
          return;
        }
        task = std::move(tasks_.front());
        tasks_.pop_front();
      }
      changed_.notify_all();
      task();
    }
  }

  const size_t waiting_max_;
  Mutex mutex_;
  ConditionVariable changed_;
  std::deque<std::function<void()>> tasks_ ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::jthread> threads_;
};

// The library's server with our connections.
class BoundedServer final : public httplib::Server {
 public:
  explicit BoundedServer(const HttpServerOptions& options) : options_(options) {}

  void RaiseBacklog() { ::listen(svr_sock_, kListenBacklog); }
  // From now on connections are closed unread.
  void Refuse() { refusing_ = true; }

 private:
  bool process_and_close_socket(int socket) override {
    BoundedConnection connection(socket, options_.header_bytes_max + options_.body_bytes_max,
                                 std::chrono::steady_clock::now() + options_.request_time_max);
    if (refusing_) {
      return false;
    }
    bool closed = false;
    const bool answered =
        process_request(connection, /*close_connection=*/true, closed, /*setup_request=*/nullptr);
    if (answered) {
      connection.Finish();
    }
    return answered;
  }

  const HttpServerOptions options_;
  std::atomic<bool> refusing_ = false;
};

void Write(const HttpAnswer& answer, httplib::Response& response) {
  response.status = answer.status;
  if (answer.retry_after.has_value()) {
    response.set_header("Retry-After", std::to_string(answer.retry_after->count()));
  }
  if (!answer.body.empty()) {
    response.set_content(answer.body, answer.content_type);
  }
}

httplib::Server::Handler Adapt(HttpServer::Handler handler) {
  return [handler = std::move(handler)](const httplib::Request& request,
                                        httplib::Response& response) {
    Write(
        handler({.header = [&request](const char* name) { return request.get_header_value(name); },
                 .body = request.body}),
        response);
  };
}

// Whether this body may be read at all: 0, or the status that says why not. What is compressed
// could grow, and parts are taken apart with regular expressions.
int WhyNotReadable(const httplib::Request& request, size_t body_bytes_max) {
  if (request.has_header("Content-Encoding") ||
      request.get_header_value("Content-Type").rfind("multipart/", 0) == 0) {
    return kUnsupportedMediaType;
  }
  const std::string length = request.get_header_value("Content-Length");
  size_t bytes = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (request.has_header("Transfer-Encoding") || error == std::errc::invalid_argument ||
      end != length.data() + length.size()) {
    return kLengthRequired;
  }
  return error == std::errc() && bytes <= body_bytes_max ? 0 : kTooLarge;
}

}  // namespace

struct HttpServer::State {
  explicit State(const HttpServerOptions& given) : options(given), http(given) {}

  // Before a body is read.
  bool Refuses(const httplib::Request& request, httplib::Response& response) const {
    const auto method = methods.find(request.path);
    if (method == methods.end()) {
      response.status = kNotFound;
      return true;
    }
    const std::string& asked = request.method == "HEAD" ? "GET" : request.method;
    if (asked != method->second) {
      response.status = kMethodNotAllowed;
      response.set_header("Allow", method->second);
      return true;
    }
    if (asked == "POST") {
      response.status = WhyNotReadable(request, options.body_bytes_max);
      return response.status != 0;
    }
    return false;
  }

  const HttpServerOptions options;
  BoundedServer http;
  std::map<std::string, std::string> methods;  // by path
  int port = -1;
  std::jthread thread;
};

HttpServer::HttpServer(HttpServerOptions options) : state_(std::make_unique<State>(options)) {
  httplib::Server& http = state_->http;
  http.new_task_queue = [options] {
    return new BoundedThreads(options.threads, options.waiting_max);
  };
  http.set_socket_options(SetSocketOptions);
  http.set_payload_max_length(options.body_bytes_max);
  http.set_pre_routing_handler(
      [this](const httplib::Request& request, httplib::Response& response) {
        return state_->Refuses(request, response) ? httplib::Server::HandlerResponse::Handled
                                                  : httplib::Server::HandlerResponse::Unhandled;
      });
  // The library would show what was thrown.
  http.set_exception_handler([](const httplib::Request&, httplib::Response& response,
                                const std::exception_ptr&) { response.status = kInternalError; });
}

HttpServer::~HttpServer() { Stop(); }

void HttpServer::Get(const std::string& path, Handler handler) {
  state_->methods[path] = "GET";
  state_->http.Get(path, Adapt(std::move(handler)));
}

void HttpServer::Post(const std::string& path, Handler handler) {
  state_->methods[path] = "POST";
  state_->http.Post(path, Adapt(std::move(handler)));
}

absl::Status HttpServer::Start(const std::string& address) {
  const HostAndPort listen = SplitAddress(address);
  if (listen.port == 0) {
    state_->port = state_->http.bind_to_any_port(listen.host);
  } else if (state_->http.bind_to_port(listen.host, listen.port)) {
    state_->port = listen.port;
  }
  if (state_->port < 0) {
    return absl::UnavailableError(
        fmt::format("cannot listen on {}: the address is in use or not of this machine", address));
  }
  state_->http.RaiseBacklog();
  state_->thread = std::jthread([this] { state_->http.listen_after_bind(); });
  // stop() has no effect on a server that does not run yet.
  while (!state_->http.is_running()) {
    std::this_thread::yield();
  }
  return absl::OkStatus();
}

int HttpServer::port() const { return state_->port; }

void HttpServer::Stop() {
  state_->http.Refuse();
  state_->http.stop();
  if (state_->thread.joinable()) {
    state_->thread.join();
  }
}

}  // namespace orderflow::service
