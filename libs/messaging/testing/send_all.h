#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/producer.h"

namespace orderflow::messaging {

// Sends the records and waits until each is acknowledged. The first error; kDeadlineExceeded: an
// acknowledgement took longer than a test should wait.
inline absl::Status SendAll(Producer& producer, const std::vector<Record>& records) {
  constexpr std::chrono::seconds kTimeout{60};
  std::vector<std::future<absl::Status>> ends;
  for (const Record& record : records) {
    auto end = std::make_shared<std::promise<absl::Status>>();
    ends.push_back(end->get_future());
    RETURN_IF_ERROR(
        producer.Send(record, [end](const absl::Status& status) { end->set_value(status); }));
  }
  producer.Flush(kTimeout);
  for (std::future<absl::Status>& end : ends) {
    if (end.wait_for(kTimeout) != std::future_status::ready) {
      return absl::DeadlineExceededError("a record is not acknowledged yet");
    }
    RETURN_IF_ERROR(end.get());
  }
  return absl::OkStatus();
}

}  // namespace orderflow::messaging
