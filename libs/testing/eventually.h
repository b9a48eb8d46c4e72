#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace orderflow::testing {

// Waits until `condition` holds, for what another process does and no event tells (a row in a
// database). False: it does not within `timeout`, which is generous because a busy machine must not
// fail a test.
inline bool Eventually(const std::function<bool()>& condition,
                       std::chrono::seconds timeout = std::chrono::seconds(20)) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (!condition()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      return false;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace orderflow::testing
