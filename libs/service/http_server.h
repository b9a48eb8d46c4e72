#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace orderflow::service {

// A request as a handler sees it.
struct HttpRequest {
  std::function<std::string(const char* name)> header;  // the first of that name; empty: none
  std::string_view body;                                // as it was sent
};

struct HttpAnswer {
  int status = 200;
  std::string body{};
  std::string content_type{};
  std::optional<std::chrono::seconds> retry_after{};
};

struct HttpServerOptions {
  size_t threads = 2;  // requests handled at the same time
  // Connections that wait for a thread; beyond it they wait in the kernel's queue, unaccepted.
  size_t waiting_max = 64;
  size_t header_bytes_max = 8192;  // request line and headers together
  size_t body_bytes_max = 0;
  Duration request_time_max{std::chrono::seconds(5)};  // to read a request and write its answer
};

// A small HTTP/1.1 server with limits, for what does not speak gRPC: probes, scrapers, webhooks.
// One request per connection, exact paths, no TLS (that is the edge's).
//
// Answered here, without a handler: 400 what is not HTTP, 404 another path, 405 another method, 411
// a body without its length, 413 a body beyond the limit, 415 a body that is compressed or in
// parts, 500 a handler that throws. A request that is larger than the limits or slower than
// request_time_max, whatever it pretends, loses its connection: no client holds a thread for
// longer.
class HttpServer {
 public:
  // Called by the server's threads, several at the same time; must not block for long.
  using Handler = std::function<HttpAnswer(const HttpRequest&)>;

  explicit HttpServer(HttpServerOptions options);
  ~HttpServer();

  // Before Start. GET and POST are the methods there are; a path has one.
  void Get(const std::string& path, Handler handler);
  void Post(const std::string& path, Handler handler);

  // `address` is host:port; port 0 picks a free one. kUnavailable when the address is in use.
  absl::Status Start(const std::string& address);
  int port() const;

  // Waits for answers that are under way. Idempotent.
  void Stop();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::service
