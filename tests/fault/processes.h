#pragma once

#include <sys/types.h>

#include <vector>

namespace orderflow::fault {

// What the kernel says about processes and ports: the evidence that a fault has hit.

// The process does not run any more; one that only waits to be reaped counts as gone.
bool IsGone(pid_t pid);
// Every thread of the process is stopped (SIGSTOP).
bool IsStopped(pid_t pid);
// The process and its children.
std::vector<pid_t> WithChildren(pid_t pid);
// Nobody listens on this loopback port.
bool Refuses(int port);
// A loopback port that nobody uses.
int FreePort();

}  // namespace orderflow::fault
