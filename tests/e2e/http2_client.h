#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/e2e/hpack.h"

namespace orderflow::e2e {

// A client that speaks just enough HTTP/2 to break its rules: it sends the frames that it is told
// to, when it is told to, acknowledges nothing by itself and reads only when asked. One connection;
// not threadsafe.
class Http2Client {
 public:
  // Connects to host:port and sends the preface and SETTINGS with these values (by RFC 9113 id).
  explicit Http2Client(const std::string& address,
                       const std::vector<std::pair<uint16_t, uint32_t>>& settings = {});
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // Frames are gathered until Flush. Each call has a stream of its own, whose number is returned.
  uint32_t Call(const std::string& path, const std::string& message, const Headers& metadata = {});
  // The same with headers of the caller's own making.
  uint32_t CallWith(std::string_view headers, const std::string& message);
  // Headers that are never said to be complete, and more of them.
  uint32_t BeginHeaders(std::string_view headers);
  void ContinueHeaders(uint32_t stream, std::string_view headers);
  void Reset(uint32_t stream);
  void AcknowledgeSettings();
  // False: the server has closed the connection, or has not read for ten seconds.
  bool Flush();

  // What the server has sent so far, or within `time`; ends early when it closes the connection or
  // `ended_streams` streams have ended.
  struct Seen {
    std::set<uint32_t> ended_streams;  // with trailers, or reset
    size_t data_bytes = 0;
    bool settings_acknowledged = false;
    bool go_away = false;
    bool closed = false;
  };
  const Seen& Read(std::chrono::milliseconds time, size_t ended_streams = SIZE_MAX);

 private:
  void Append(uint8_t type, uint8_t flags, uint32_t stream, std::string_view payload);
  uint32_t AppendHeaders(std::string_view headers, uint8_t last_flags);
  void TakeFrames();

  int socket_ = -1;
  uint32_t next_stream_ = 1;
  std::string out_;
  std::string in_;
  Seen seen_;
};

}  // namespace orderflow::e2e
