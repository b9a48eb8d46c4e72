#pragma once

#include <string>

namespace orderflow::service {

struct HostAndPort {
  std::string host;  // of IPv6 without its brackets
  int port = 0;
};

// Takes "host:port" or "[::1]:port" apart; the form was checked when the setting was read.
HostAndPort SplitAddress(const std::string& address);

}  // namespace orderflow::service
