#include "libs/service/signal_watch.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/telemetry/log.h"

namespace orderflow::service {
namespace {

constexpr int kExitForced = 1;
constexpr int kForever = -1;  // of poll

sigset_t StopSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  return signals;
}

[[noreturn]] void EndAtOnce(std::string_view why) {
  telemetry::LogError(why);
  telemetry::FlushLog();
  std::_Exit(kExitForced);
}

}  // namespace

struct SignalWatch::State {
  enum class Event { kSignal, kEnd, kTimeout };

  // Waits for a signal, for the end of this object, or for the time to pass.
  Event Wait(int timeout_ms) const {
    pollfd fds[] = {{.fd = signal_fd, .events = POLLIN, .revents = 0},
                    {.fd = end_fd, .events = POLLIN, .revents = 0}};
    int ready = -1;
    do {
      ready = poll(fds, std::size(fds), timeout_ms);
    } while (ready < 0 && errno == EINTR);
    if (fds[1].revents != 0) {
      return Event::kEnd;
    }
    if (fds[0].revents != 0) {
      signalfd_siginfo info{};
      INVARIANT(read(signal_fd, &info, sizeof(info)) == sizeof(info), "a signal was announced");
      return Event::kSignal;
    }
    return Event::kTimeout;
  }

  void Watch() const {
    if (Wait(kForever) == Event::kEnd) {
      return;
    }
    telemetry::LogInfo("stopping; a second signal ends the process at once");
    on_stop();
    switch (Wait(static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(stop_time_max).count()))) {
      case Event::kEnd:
        return;
      case Event::kSignal:
        EndAtOnce("second signal: the process ends without cleaning up");
      case Event::kTimeout:
        EndAtOnce("stopping took too long: the process ends without cleaning up");
    }
  }

  Duration stop_time_max;
  std::function<void()> on_stop;
  int signal_fd = -1;
  int end_fd = -1;
  std::thread thread;
};

SignalWatch::SignalWatch(Duration stop_time_max, std::function<void()> on_stop)
    : state_(std::make_unique<State>()) {
  signal(SIGPIPE, SIG_IGN);
  const sigset_t signals = StopSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  state_->stop_time_max = stop_time_max;
  state_->on_stop = std::move(on_stop);
  state_->signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
  state_->end_fd = eventfd(0, EFD_CLOEXEC);
  INVARIANT(state_->signal_fd >= 0 && state_->end_fd >= 0, "a new process has file descriptors");
  state_->thread = std::thread([state = state_.get()] { state->Watch(); });
}

SignalWatch::~SignalWatch() {
  const uint64_t one = 1;
  INVARIANT(write(state_->end_fd, &one, sizeof(one)) == sizeof(one), "an eventfd takes a number");
  state_->thread.join();
  close(state_->signal_fd);
  close(state_->end_fd);
}

}  // namespace orderflow::service
