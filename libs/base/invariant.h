#pragma once

#include <cstdio>
#include <cstdlib>

namespace orderflow {

// Prints what broke and aborts. Used through INVARIANT only.
[[noreturn]] inline void InvariantFailed(const char* condition, const char* why, const char* file,
                                         int line) {
  std::fprintf(stderr, "invariant failed: %s: %s (%s:%d)\n", condition, why, file, line);
  std::abort();
}

}  // namespace orderflow

// Aborts, in every build, when `condition` is false. For what only our own bug can break; never for
// input, peers or stored bytes.
#define INVARIANT(condition, why)     \
  ((condition) ? static_cast<void>(0) \
               : ::orderflow::InvariantFailed(#condition, why, __FILE__, __LINE__))
