// Proves what a client can and cannot do to a public HTTP port, over real sockets on a free port:
// clients that send too much, too slowly, in the wrong way or not at all.
#include "libs/service/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "libs/testing/loopback.h"

namespace orderflow::service {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr size_t kBodyMax = 1000;
constexpr size_t kLarge = 20'000'000;  // more than the kernel buffers

class HttpServerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_.Post("/hooks", [this](const HttpRequest& request) {
      ++handled_;
      if (request.body == "throw") {
        throw std::runtime_error("what was thrown is not for the client");
      }
      if (request.body == "busy") {
        return HttpAnswer{.status = 503, .retry_after = std::chrono::seconds(2)};
      }
      return HttpAnswer{.body = request.header("X-Name") + std::string(request.body),
                        .content_type = "text/plain"};
    });
    server_.Get("/ok", [](const HttpRequest&) { return HttpAnswer{.status = 204}; });
    ASSERT_TRUE(server_.Start("127.0.0.1:0").ok());
  }

  httplib::Result Post(const std::string& body, const httplib::Headers& headers = {},
                       const char* type = "application/json") {
    return httplib::Client("127.0.0.1", server_.port()).Post("/hooks", headers, body, type);
  }

  int Connect() {
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    const sockaddr_in address = testing::Loopback(server_.port());
    EXPECT_EQ(connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return socket;
  }

  // Sends the bytes as they are and returns what comes back until the server closes.
  std::string Exchange(const std::string& bytes) {
    const int socket = Connect();
    send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    std::string answer;
    char buffer[4096];
    for (ssize_t count = 0; (count = recv(socket, buffer, sizeof(buffer), 0)) > 0;) {
      answer.append(buffer, static_cast<size_t>(count));
    }
    close(socket);
    return answer;
  }

  std::atomic<int> handled_ = 0;
  HttpServer server_{{.threads = 2,
                      .waiting_max = 4,
                      .body_bytes_max = kBodyMax,
                      .request_time_max = std::chrono::milliseconds(500)}};
};

TEST_F(HttpServerTest, HandsBodyAndHeadersToTheHandler) {
  const auto answer = Post("body", {{"x-name", "name:"}});

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "name:body");
  EXPECT_EQ(answer->get_header_value("Connection"), "close");
}

TEST_F(HttpServerTest, WritesLargeAnswersWhole) {
  HttpServer server(HttpServerOptions{.request_time_max = std::chrono::seconds(30)});
  server.Get("/large", [](const HttpRequest&) {
    return HttpAnswer{.body = std::string(kLarge, 'x'), .content_type = "application/x-plain"};
  });
  ASSERT_TRUE(server.Start("127.0.0.1:0").ok());

  const auto answer = httplib::Client("127.0.0.1", server.port()).Get("/large");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body.size(), kLarge);
}

TEST_F(HttpServerTest, SaysWhenToComeBack) {
  const auto answer = Post("busy");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->get_header_value("Retry-After"), "2");
}

TEST_F(HttpServerTest, KnowsExactPathsAndMethods) {
  httplib::Client client("127.0.0.1", server_.port());

  EXPECT_EQ(client.Post("/hooks/", "x", "text/plain")->status, 404);
  EXPECT_EQ(client.Post("/", "x", "text/plain")->status, 404);
  EXPECT_EQ(client.Get("/hooks")->status, 405);
  EXPECT_EQ(client.Get("/hooks")->get_header_value("Allow"), "POST");
  EXPECT_EQ(client.Put("/hooks", "x", "text/plain")->status, 405);
  EXPECT_EQ(client.Get("/ok")->status, 204);
  EXPECT_EQ(client.Head("/ok")->status, 204);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesALargeBodyUnreadAndSaysSo) {
  EXPECT_EQ(Post(std::string(kBodyMax, 'x'))->status, 200);

  for (const size_t size : {kBodyMax + 1, size_t{500'000}}) {
    const auto answer = Post(std::string(size, 'x'));
    ASSERT_TRUE(answer) << size;
    EXPECT_EQ(answer->status, 413);
  }
  EXPECT_THAT(Exchange("POST /hooks HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n"),
              StartsWith("HTTP/1.1 413"));
  EXPECT_EQ(handled_, 1);
}

TEST_F(HttpServerTest, WantsTheLengthOfABody) {
  EXPECT_THAT(
      Exchange("POST /hooks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"),
      StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(Exchange("POST /hooks HTTP/1.1\r\n\r\n"), StartsWith("HTTP/1.1 411"));
  EXPECT_THAT(Exchange("POST /hooks HTTP/1.1\r\nContent-Length: -1\r\n\r\n"),
              StartsWith("HTTP/1.1 411"));
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, RefusesWhatIsCompressedOrInParts) {
  EXPECT_EQ(Post("x", {{"Content-Encoding", "gzip"}})->status, 415);
  EXPECT_EQ(Post("x", {}, "multipart/form-data; boundary=b")->status, 415);
  EXPECT_EQ(handled_, 0);
}

TEST_F(HttpServerTest, EndsAConnectionWhoseHeadersDoNotEnd) {
  std::string request = "POST /hooks HTTP/1.1\r\n";
  for (int i = 0; i < 10'000; ++i) {
    request += fmt::format("x-{}: y\r\n", i);
  }

  EXPECT_THAT(Exchange(request), ::testing::AnyOf("", StartsWith("HTTP/1.1 400")));
  EXPECT_THAT(Exchange("\x16\x03\x01 not HTTP\r\n\r\n"), StartsWith("HTTP/1.1 400"));
  EXPECT_EQ(Post("x")->status, 200);
}

TEST_F(HttpServerTest, AHeaderOfManyRangesDoesNoHarm) {
  std::string ranges = "bytes=0-0";
  while (ranges.size() < 7'900) {
    ranges += ",1-1";
  }

  Exchange(fmt::format("GET /ok HTTP/1.1\r\nRange: {}\r\n\r\n", ranges));

  EXPECT_EQ(Post("x")->status, 200);
}

TEST_F(HttpServerTest, SlowClientsLoseTheirConnectionsAndNobodyElseDoes) {
  std::vector<int> sockets;
  for (int i = 0; i < 6; ++i) {
    sockets.push_back(Connect());
    send(sockets.back(), "POST", 4, MSG_NOSIGNAL);  // and nothing more
  }

  const auto answer = Post("x");

  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  for (const int socket : sockets) {
    char byte = 0;
    EXPECT_LE(recv(socket, &byte, 1, 0), 0);
    close(socket);
  }
}

TEST_F(HttpServerTest, ManyClientsAreAllAnswered) {
  constexpr int kClients = 64;
  std::atomic<int> answered = 0;
  {
    std::vector<std::jthread> clients;
    for (int i = 0; i < kClients; ++i) {
      clients.emplace_back([&] {
        const auto answer = Post("x");
        answered += answer && answer->status == 200 ? 1 : 0;
      });
    }
  }

  EXPECT_EQ(answered, kClients);
}

TEST_F(HttpServerTest, AHandlerThatThrowsShowsNothing) {
  const std::string answer = Exchange("POST /hooks HTTP/1.1\r\nContent-Length: 5\r\n\r\nthrow");

  EXPECT_THAT(answer, StartsWith("HTTP/1.1 500"));
  EXPECT_THAT(answer, ::testing::Not(HasSubstr("thrown")));
}

TEST_F(HttpServerTest, StopDoesNotWaitForThoseWhoWait) {
  std::vector<int> sockets;
  for (int i = 0; i < 20; ++i) {
    sockets.push_back(Connect());
  }
  const auto start = std::chrono::steady_clock::now();

  server_.Stop();

  // Those under way have their time and their linger, not one after the other.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(4));
  for (const int socket : sockets) {
    close(socket);
  }
}

}  // namespace
}  // namespace orderflow::service
