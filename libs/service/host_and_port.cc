#include "libs/service/host_and_port.h"

#include <algorithm>
#include <charconv>

namespace orderflow::service {

HostAndPort SplitAddress(const std::string& address) {
  const size_t colon = address.rfind(':');
  HostAndPort result{.host = address.substr(0, colon)};
  if (result.host.size() >= 2 && result.host.front() == '[') {
    result.host = result.host.substr(1, result.host.size() - 2);
  }
  const char* end = address.data() + address.size();
  std::from_chars(address.data() + std::min(colon + 1, address.size()), end, result.port);
  return result;
}

}  // namespace orderflow::service
