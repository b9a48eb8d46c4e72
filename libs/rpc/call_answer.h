#pragma once

#include <grpcpp/support/status.h>

#include <chrono>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "libs/base/mutex.h"

namespace orderflow::rpc {

// What callers are told of how their calls have ended (ToGrpcStatus). What they are not told goes
// to the log: our own mistakes always, and what cannot be reached once a second for each method,
// since then each call fails of the same. Threadsafe.
class CallAnswers {
 public:
  grpc::Status Of(const absl::Status& status, const std::string& method,
                  const std::string& trace_id);

 private:
  bool IsTimeToTell(const std::string& method);

  Mutex mutex_;
  std::map<std::string, std::chrono::steady_clock::time_point> told_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::rpc
