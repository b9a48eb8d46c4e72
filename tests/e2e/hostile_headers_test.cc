// Proves that headers which are wrong, endless or too many cost order-service neither its life nor
// its other callers: the traps of the header parser of gRPC C++ 1.51 (docs/operations.md), those
// that it has and those that came with later versions.
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/e2e/hostile_client.h"
#include "tests/e2e/hpack.h"
#include "tests/e2e/http2_client.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const std::string kTooLarge(12'000, 'x');  // 8 KiB are allowed

// CVE-2023-1428: one of three headers that the parser does not like, then more than 8 KB of them,
// and gRPC 1.52 aborts. Ours has no such code.
TEST_F(HostileClient, SendsTheHeadersThatMakeLaterVersionsAbort) {
  constexpr int kRounds = 10;
  const int pid = Stack::Get().PidOf("order-service");
  for (int i = 0; i < kRounds; ++i) {
    for (const char* address : {kAddress, kEdgeAddress}) {
      for (const char* name : {"te", ":scheme", "grpclb_client_stats"}) {
        Http2Client client(Stack::Get()[address]);
        client.AcknowledgeSettings();
        client.Call(kGetOrder, UnknownOrder(), {{name, "x"}, {"x-large", kTooLarge}});
        client.Flush();
        const Http2Client::Seen& seen = client.Read(seconds(5), 1);
        EXPECT_TRUE(seen.closed || seen.go_away || seen.ended_streams.size() == 1)
            << address << " " << name;
      }
    }
  }

  ExpectUnharmed(64);
  EXPECT_EQ(Stack::Get().PidOf("order-service"), pid);
  EXPECT_GT(Stack::Get().StatusOf("order-service", "Threads"), 0);
}

// The headers of a call by their positions in the table: `path`, and `more` behind all of them.
std::string HeadersTo(const std::string& path, const std::string& more = "") {
  return HpackField(":method", "POST") + HpackField(":scheme", "http") + path +
         HpackField(":authority", "probe") + HpackField("content-type", "application/grpc") +
         HpackField("te", "trailers") + more;
}

// CVE-2023-32731: gRPC 1.53 skips the rest of headers that are too large, and with it what they put
// into the table of the connection, so that later headers are taken for others. Here a call
// that is refused for its size moves an entry, which the next one uses.
class HeaderTable : public ::testing::TestWithParam<const char*> {};

TEST_P(HeaderTable, IsRightOrGoneAfterHeadersThatAreTooLarge) {
  constexpr uint32_t kYoungest = 62;
  constexpr char kHealth[] = "/grpc.health.v1.Health/Check";  // always answered, with a message
  Http2Client client(Stack::Get()[GetParam()]);
  client.AcknowledgeSettings();
  client.CallWith(HeadersTo(HpackInsertedField(":path", kHealth)), "");
  client.Flush();
  ASSERT_GT(client.Read(seconds(5), 1).data_bytes, 0U);
  client.CallWith(
      HeadersTo(HpackField(":path", kGetOrder),
                HpackField("x-large", kTooLarge) + HpackInsertedField("x-moves-the-path", "on")),
      UnknownOrder());
  client.Flush();
  const size_t data_before = client.Read(seconds(5), 2).data_bytes;

  client.CallWith(HeadersTo(HpackIndexedField(kYoungest + 1)), "");
  client.Flush();
  const Http2Client::Seen& seen = client.Read(seconds(5), 3);

  EXPECT_TRUE(seen.closed || seen.data_bytes > data_before) << "the path was taken for another";
}

INSTANTIATE_TEST_SUITE_P(Each, HeaderTable, ::testing::Values(kAddress, kEdgeAddress),
                         [](const auto& tested) {
                           return std::string(tested.param) == kAddress ? "service" : "edge";
                         });

// CVE-2023-33953: headers that never end, in three ways that gRPC keeps until they do, and one that
// it does not like.
struct EndlessHeaders {
  const char* name;
  std::string begin;
  std::string frame;  // again and again
};

std::string Repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) {
    out += text;
  }
  return out;
}

std::vector<EndlessHeaders> EveryKind() {
  constexpr int kFrameSize = 16'000;
  constexpr uint32_t kAlmost4Gb = 0xFFFF'FFF0U;
  const std::string no_more_bits = "\x80";
  const std::string empty_table = "\x20";
  return {
      {"a string of 4 GB", HpackFieldOfLength("x-long", kAlmost4Gb), std::string(kFrameSize, 'x')},
      {"a number with leading zeroes", std::string("\0\x7F", 2),
       Repeated(no_more_bits, kFrameSize)},
      {"small fields in small frames", "", Repeated(HpackField("a", "1"), 50)},
      {"updates of the table's size", "", Repeated(empty_table, kFrameSize)},
  };
}

// Sends up to `size` bytes of them. Returns whether the connection was closed meanwhile.
bool SendEndlessHeaders(const char* address, const EndlessHeaders& headers, size_t size) {
  constexpr int kFlushEvery = 50;
  Http2Client client(Stack::Get()[address]);
  client.AcknowledgeSettings();
  const uint32_t stream = client.BeginHeaders(HpackHeaders(kGetOrder) + headers.begin);
  size_t sent = 0;
  for (int i = 1; sent < size; ++i) {
    client.ContinueHeaders(stream, headers.frame);
    sent += headers.frame.size();
    if (i % kFlushEvery == 0 && (!client.Flush() || client.Read(milliseconds(0)).closed)) {
      return true;
    }
  }
  client.Flush();
  return client.Read(seconds(1)).closed;  // while it works on what it has
}

// HAProxy takes no more headers than fit into one of its buffers (16 KiB): whoever sends more is
// gone before anything of them has come through.
TEST_F(HostileClient, SendsEndlessHeadersToTheEdge) {
  constexpr size_t kSize = 16U << 20U;
  for (const EndlessHeaders& headers : EveryKind()) {
    EXPECT_TRUE(SendEndlessHeaders(kEdgeAddress, headers, kSize)) << headers.name;
  }

  ExpectUnharmed(16);
}

// gRPC's parser keeps all of them, and looks again at all that it has with each frame. So the edge
// has to stop them; here: so much of them as others can bear.
TEST_F(HostileClient, SendsEndlessHeaders) {
  constexpr size_t kSize = 2U << 20U;
  for (const EndlessHeaders& headers : EveryKind()) {
    SendEndlessHeaders(kAddress, headers, kSize);
  }

  ExpectUnharmed(128);
}

}  // namespace
}  // namespace orderflow::e2e
