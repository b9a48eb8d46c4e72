#include "libs/service/key_reader.h"

#include <chrono>
#include <string>

#include "libs/auth/key_ring.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::service {
namespace {

std::chrono::seconds WholeSeconds(Duration time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time);
}

}  // namespace

KeyReader::KeyReader(auth::KeyRing& keys, const Clock& clock, telemetry::Metrics& metrics)
    : keys_(keys),
      clock_(clock),
      read_time_(metrics.AddGauge("orderflow_auth_keys_read_timestamp_seconds",
                                  "When the keys that tokens are verified with were read last, as "
                                  "Unix time; 0: no token is verified here.")) {}

absl::Status KeyReader::Read() {
  RETURN_IF_ERROR(keys_.Refresh());
  read_at_ = clock_.Now();
  read_time_.Set(static_cast<double>(WholeSeconds(read_at_.time_since_epoch()).count()));
  return absl::OkStatus();
}

void KeyReader::ReadAgain() {
  if (const absl::Status read = Read(); !read.ok()) {
    telemetry::LogWarning(
        "the keys could not be read again; those of before count",
        {{"error", Message(read)},
         {"age_seconds", std::to_string(WholeSeconds(clock_.Now() - read_at_).count())}});
  }
}

}  // namespace orderflow::service
