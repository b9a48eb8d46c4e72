#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstdint>

namespace orderflow::testing {

// 127.0.0.1 at `port`, for the calls of sockets.
inline sockaddr_in Loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace orderflow::testing
