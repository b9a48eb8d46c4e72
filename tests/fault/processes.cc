#include "tests/fault/processes.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/testing/loopback.h"

namespace orderflow::fault {
namespace {

// The state letter of /proc/<pid>/stat; 'X' when there is no such process.
char StateOf(pid_t pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  std::string line;
  std::getline(file, line);
  const size_t name_end = line.rfind(')');
  return name_end == std::string::npos || name_end + 2 >= line.size() ? 'X' : line[name_end + 2];
}

}  // namespace

bool IsGone(pid_t pid) {
  const char state = StateOf(pid);
  return state == 'X' || state == 'Z';
}

bool IsStopped(pid_t pid) { return StateOf(pid) == 'T'; }

std::vector<pid_t> WithChildren(pid_t pid) {
  std::vector<pid_t> pids = {pid};
  std::ifstream file(fmt::format("/proc/{}/task/{}/children", pid, pid));
  for (pid_t child = 0; file >> child;) {
    pids.push_back(child);
  }
  return pids;
}

bool Refuses(int port) {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = orderflow::testing::Loopback(port);
  const bool connected =
      ::connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  ::close(descriptor);
  return !connected;
}

int FreePort() {
  const int descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = orderflow::testing::Loopback(0);
  socklen_t size = sizeof(address);
  auto* raw = reinterpret_cast<sockaddr*>(&address);
  INVARIANT(::bind(descriptor, raw, size) == 0 && ::getsockname(descriptor, raw, &size) == 0,
            "a free loopback port");
  ::close(descriptor);
  return ntohs(address.sin_port);
}

}  // namespace orderflow::fault
