#pragma once

#include <chrono>

#include "tools/orderctl/demo/demo_run.h"

namespace orderflow::orderctl {

// Shows how far the demo is, on standard error: a bar that redraws itself on a terminal, else a
// line every few seconds. Not threadsafe.
class ProgressBar {
 public:
  explicit ProgressBar(int orders);
  void Show(const DemoProgress& progress);
  // Removes the bar.
  void Finish();

 private:
  const int orders_;
  const bool terminal_;
  std::chrono::steady_clock::time_point last_line_;
};

}  // namespace orderflow::orderctl
