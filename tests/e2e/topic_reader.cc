#include "tests/e2e/topic_reader.h"

#include "libs/base/status_macros.h"
#include "libs/messaging/kafka.h"

namespace orderflow::e2e {
namespace {

constexpr size_t kRecordsAtOnce = 1000;
constexpr std::chrono::seconds kReadTimeMax(30);  // of the whole topic

}  // namespace

absl::Status TopicReader::ReadOn(const std::string& topic,
                                 const std::function<absl::Status(const messaging::Record&)>& see) {
  messaging::KafkaOptions options;
  options.bootstrap_servers = bootstrap_servers_;
  options.client_id = client_id_;
  options.security = security_;
  ASSIGN_OR_RETURN(const auto reader, messaging::MakeKafkaLogReader(options));
  const auto deadline = std::chrono::steady_clock::now() + kReadTimeMax;
  ASSIGN_OR_RETURN(const int partitions, reader->CountPartitions(topic, deadline));
  for (int partition = 0; partition < partitions; ++partition) {
    int64_t& next = next_[{topic, partition}];
    for (bool is_end = false; !is_end;) {
      ASSIGN_OR_RETURN(const messaging::LogSlice slice,
                       reader->Read({topic, partition}, next, kRecordsAtOnce, deadline));
      for (const messaging::Record& record : slice.records) {
        next = record.offset + 1;
        RETURN_IF_ERROR(see(record));
      }
      is_end = !slice.next.has_value();
    }
  }
  return absl::OkStatus();
}

}  // namespace orderflow::e2e
