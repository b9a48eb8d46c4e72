#include "libs/service/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "libs/service/readiness.h"
#include "libs/service/version.h"

namespace orderflow::service {
namespace {

constexpr double kMicrosPerSecond = 1e6;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / kMicrosPerSecond;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

// The second number of statm, in pages; 0 where there is no /proc.
double ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  double total_pages = 0;
  double resident_pages = 0;
  statm >> total_pages >> resident_pages;
  return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double OpenFds() {
  std::error_code error;
  const std::filesystem::directory_iterator fds("/proc/self/fd", error);
  // The iterator's own is not counted.
  return error ? 0 : static_cast<double>(std::distance(begin(fds), end(fds)) - 1);
}

double MaxFds() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return static_cast<double>(limit.rlim_cur);
}

}  // namespace

ProcessMetrics::ProcessMetrics(telemetry::Metrics& metrics, const Readiness& readiness)
    : readiness_(readiness),
      unready_(metrics.AddGauge("orderflow_process_unready_reasons",
                                "Reasons why the process is not ready; /readyz names them.")),
      resident_bytes_(metrics.AddGauge("process_resident_memory_bytes",
                                       "Memory of the process that is in RAM.")),
      open_fds_(metrics.AddGauge("process_open_fds", "File descriptors that are open.")),
      max_fds_(metrics.AddGauge("process_max_fds", "Most file descriptors that may be open.")),
      cpu_(metrics.AddCounter("process_cpu_seconds_total",
                              "Processor time of the process, in user and kernel mode.")) {
  metrics
      .AddGauge("orderflow_build_info", "1, with the version that runs as a label.",
                {{"version", kVersion}})
      .Set(1);
  metrics.AddGauge("process_start_time_seconds", "When the process started, as Unix time.")
      .Set(std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch())
               .count());
  Update();
}

void ProcessMetrics::Update() {
  unready_.Set(static_cast<double>(readiness_.Count()));
  resident_bytes_.Set(ResidentBytes());
  open_fds_.Set(OpenFds());
  max_fds_.Set(MaxFds());
  MutexLock lock(mutex_);
  const double now = CpuSeconds();
  cpu_.Increment(now - cpu_seconds_);
  cpu_seconds_ = now;
}

}  // namespace orderflow::service
