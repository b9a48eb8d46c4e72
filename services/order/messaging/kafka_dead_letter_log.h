#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "libs/messaging/log_reader.h"
#include "services/order/domain/dead_letter_ports.h"

namespace orderflow::order {

// DeadLetterLog over Kafka. Threadsafe when `reader` is.
class KafkaDeadLetterLog final : public DeadLetterLog {
 public:
  explicit KafkaDeadLetterLog(messaging::LogReader& reader) : reader_(reader) {}

  std::vector<std::string> Topics() const override;
  absl::StatusOr<std::map<std::string, int64_t>> Count(Deadline deadline) override;
  absl::StatusOr<Page> Read(const std::vector<std::string>& topics,
                            const std::optional<DeadLetterId>& from, size_t count_max,
                            Deadline deadline) override;
  absl::StatusOr<std::map<DeadLetterId, DeadLetter>> Find(std::span<const DeadLetterId> ids,
                                                          Deadline deadline) override;

 private:
  messaging::LogReader& reader_;
};

}  // namespace orderflow::order
