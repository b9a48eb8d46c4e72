#include "tests/e2e/http2_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "libs/base/invariant.h"

namespace orderflow::e2e {
namespace {

constexpr uint8_t kData = 0;
constexpr uint8_t kHeaders = 1;
constexpr uint8_t kResetStream = 3;
constexpr uint8_t kSettings = 4;
constexpr uint8_t kGoAway = 7;
constexpr uint8_t kWindowUpdate = 8;
constexpr uint8_t kContinuation = 9;
constexpr uint8_t kEndStream = 0x1;
constexpr uint8_t kAcknowledge = 0x1;
constexpr uint8_t kEndHeaders = 0x4;
constexpr uint32_t kCancel = 8;
constexpr uint32_t kConnectionWindow = 1U << 30U;  // no answer waits for the connection's window
constexpr size_t kFrameHeaderSize = 9;
constexpr size_t kFramePayloadMax = 16'384;
constexpr int kFlushTimeoutMs = 10'000;

std::string BigEndian(uint64_t value, int bytes) {
  std::string text;
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) {
    text.push_back(static_cast<char>((value >> shift) & 0xFF));
  }
  return text;
}

uint32_t ReadBigEndian(std::string_view bytes) {
  uint32_t value = 0;
  for (const char byte : bytes) {
    value = (value << 8) | static_cast<unsigned char>(byte);
  }
  return value;
}

}  // namespace

Http2Client::Http2Client(const std::string& address,
                         const std::vector<std::pair<uint16_t, uint32_t>>& settings) {
  const size_t colon = address.rfind(':');
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(static_cast<uint16_t>(std::stoi(address.substr(colon + 1))));
  INVARIANT(inet_pton(AF_INET, address.substr(0, colon).c_str(), &peer.sin_addr) == 1,
            "the address is host:port in numbers");
  socket_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  INVARIANT(socket_ >= 0, "a socket can be made");
  seen_.closed = connect(socket_, reinterpret_cast<const sockaddr*>(&peer), sizeof(peer)) != 0;
  out_ = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  std::string values;
  for (const auto& [id, value] : settings) {
    values += BigEndian(id, 2) + BigEndian(value, 4);
  }
  Append(kSettings, 0, 0, values);
  Append(kWindowUpdate, 0, 0, BigEndian(kConnectionWindow, 4));
}

Http2Client::~Http2Client() { close(socket_); }

void Http2Client::Append(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload) {
  out_ += BigEndian(payload.size(), 3);
  out_.push_back(static_cast<char>(type));
  out_.push_back(static_cast<char>(flags));
  out_ += BigEndian(stream, 4);
  out_.append(payload);
}

uint32_t Http2Client::AppendHeaders(std::string_view headers, uint8_t last_flags) {
  const uint32_t stream = next_stream_;
  next_stream_ += 2;
  uint8_t type = kHeaders;
  for (size_t at = 0; at < headers.size(); at += kFramePayloadMax) {
    const bool is_last = at + kFramePayloadMax >= headers.size();
    Append(type, is_last ? last_flags : 0, stream, headers.substr(at, kFramePayloadMax));
    type = kContinuation;
  }
  return stream;
}

uint32_t Http2Client::Call(const std::string& path, const std::string& message,
                           const Headers& metadata) {
  return CallWith(HpackHeaders(path, metadata), message);
}

uint32_t Http2Client::CallWith(std::string_view headers, const std::string& message) {
  const uint32_t stream = AppendHeaders(headers, kEndHeaders);
  constexpr char kNotCompressed = 0;
  Append(kData, kEndStream, stream,
         std::string(1, kNotCompressed) + BigEndian(message.size(), 4) + message);
  return stream;
}

uint32_t Http2Client::BeginHeaders(std::string_view headers) { return AppendHeaders(headers, 0); }

void Http2Client::ContinueHeaders(uint32_t stream, std::string_view headers) {
  Append(kContinuation, 0, stream, headers);
}

void Http2Client::Reset(uint32_t stream) { Append(kResetStream, 0, stream, BigEndian(kCancel, 4)); }

void Http2Client::AcknowledgeSettings() { Append(kSettings, kAcknowledge, 0, ""); }

bool Http2Client::Flush() {
  size_t sent = 0;
  while (!seen_.closed && sent < out_.size()) {
    pollfd writable{.fd = socket_, .events = POLLOUT, .revents = 0};
    if (poll(&writable, 1, kFlushTimeoutMs) <= 0) {
      break;
    }
    const ssize_t size =
        send(socket_, out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    seen_.closed = size <= 0;
    sent += static_cast<size_t>(std::max<ssize_t>(size, 0));
  }
  const bool is_sent = sent == out_.size();
  out_.clear();
  return is_sent;
}

void Http2Client::TakeFrames() {
  size_t at = 0;
  while (in_.size() >= at + kFrameHeaderSize) {
    const std::string_view header = std::string_view(in_).substr(at, kFrameHeaderSize);
    const size_t size = ReadBigEndian(header.substr(0, 3));
    if (in_.size() < at + kFrameHeaderSize + size) {
      break;
    }
    const auto type = static_cast<uint8_t>(header[3]);
    const auto flags = static_cast<uint8_t>(header[4]);
    const bool ends_stream = (type == kHeaders || type == kData) && (flags & kEndStream) != 0;
    if (ends_stream || type == kResetStream) {
      seen_.ended_streams.insert(ReadBigEndian(header.substr(5, 4)));
    }
    seen_.data_bytes += type == kData ? size : 0;
    seen_.settings_acknowledged |= type == kSettings && (flags & kAcknowledge) != 0;
    seen_.go_away |= type == kGoAway;
    at += kFrameHeaderSize + size;
  }
  in_.erase(0, at);
}

const Http2Client::Seen& Http2Client::Read(std::chrono::milliseconds time, size_t ended_streams) {
  const auto until = std::chrono::steady_clock::now() + time;
  std::string buffer(65'536, '\0');
  while (!seen_.closed && seen_.ended_streams.size() < ended_streams) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        until - std::chrono::steady_clock::now());
    pollfd readable{.fd = socket_, .events = POLLIN, .revents = 0};
    if (poll(&readable, 1, std::max(0, static_cast<int>(left.count()))) <= 0) {
      break;
    }
    const ssize_t size = recv(socket_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    seen_.closed = size <= 0;
    in_.append(buffer.data(), static_cast<size_t>(std::max<ssize_t>(size, 0)));
    TakeFrames();
  }
  return seen_;
}

}  // namespace orderflow::e2e
