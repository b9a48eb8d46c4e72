#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "libs/base/mutex.h"

namespace orderflow::telemetry {
class Counter;
class Histogram;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::rpc {

// Whose calls: those that this process answers, or those that it makes.
enum class CallSide { kServer, kClient };

// Rate, errors and duration of the calls of one method. Threadsafe.
class MethodMetrics {
 public:
  MethodMetrics(telemetry::Metrics& metrics, CallSide side, std::string method);

  void Record(absl::StatusCode code, std::chrono::steady_clock::duration duration);
  // The same for a stream, whose length is the client's choice and says nothing of us.
  void RecordStream(absl::StatusCode code);

  const std::string& method() const { return method_; }

 private:
  void Count(absl::StatusCode code);

  static constexpr size_t kStatusCodes = 17;  // of gRPC, OK included

  telemetry::Metrics& metrics_;
  const CallSide side_;
  const std::string method_;
  telemetry::Histogram& duration_;
  std::array<std::atomic<telemetry::Counter*>, kStatusCodes> calls_{};
};

// The metrics of all methods of one side: orderflow_rpc_* or orderflow_rpc_client_*. Threadsafe.
class CallMetrics {
 public:
  CallMetrics(telemetry::Metrics& metrics, CallSide side);

  // The result stays valid as long as this.
  MethodMetrics& Of(const std::string& method);

 private:
  telemetry::Metrics& metrics_;
  const CallSide side_;
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<MethodMetrics>> methods_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::rpc
