#include "tools/orderctl/demo/progress_bar.h"

#include <unistd.h>

#include <cstdio>
#include <string>

#include "fmt/format.h"

namespace orderflow::orderctl {
namespace {

constexpr int kWidth = 30;                        // characters
constexpr std::chrono::seconds kLineInterval{5};  // between lines where there is no terminal

std::string Counts(const DemoProgress& progress) {
  return fmt::format("confirmed {}  rejected {}  cancelled {}  under way {}", progress.confirmed,
                     progress.rejected, progress.cancelled, progress.open);
}

}  // namespace

ProgressBar::ProgressBar(int orders)
    : orders_(orders),
      terminal_(isatty(STDERR_FILENO) == 1),
      last_line_(std::chrono::steady_clock::now()) {}

void ProgressBar::Show(const DemoProgress& progress) {
  const int done = progress.confirmed + progress.rejected + progress.cancelled;
  if (terminal_) {
    const int filled = orders_ > 0 ? kWidth * done / orders_ : kWidth;
    std::fputs(
        fmt::format("\r\x1b[K[{}{}] {}/{}  {}", std::string(static_cast<size_t>(filled), '#'),
                    std::string(static_cast<size_t>(kWidth - filled), '.'), done, orders_,
                    Counts(progress))
            .c_str(),
        stderr);
    std::fflush(stderr);
    return;
  }
  const auto now = std::chrono::steady_clock::now();
  if (now - last_line_ >= kLineInterval) {
    last_line_ = now;
    std::fputs(
        fmt::format("placed {}/{}  {}\n", progress.placed, orders_, Counts(progress)).c_str(),
        stderr);
  }
}

void ProgressBar::Finish() {
  if (terminal_) {
    std::fputs("\r\x1b[K", stderr);
    std::fflush(stderr);
  }
}

}  // namespace orderflow::orderctl
