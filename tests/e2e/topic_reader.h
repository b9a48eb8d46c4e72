#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/status/status.h"
#include "libs/messaging/kafka_security.h"
#include "libs/messaging/record.h"

namespace orderflow::e2e {

// Topics of a running stack from their beginning, as anybody outside may read them. Not threadsafe.
class TopicReader {
 public:
  // `client_id` names the reader to the broker.
  TopicReader(std::string bootstrap_servers, std::string client_id,
              messaging::KafkaSecurity security = {})
      : bootstrap_servers_(std::move(bootstrap_servers)),
        client_id_(std::move(client_id)),
        security_(std::move(security)) {}

  // Hands every record of `topic` to `see` that no call before has, up to what is the end of the
  // log by now. An error of `see` ends it; that record counts as seen. kUnavailable and
  // kDeadlineExceeded: the broker is out of reach; call again.
  absl::Status ReadOn(const std::string& topic,
                      const std::function<absl::Status(const messaging::Record&)>& see);

  // The topics were made anew: the next call reads from their beginning.
  void StartOver() { next_.clear(); }

 private:
  const std::string bootstrap_servers_;
  const std::string client_id_;
  const messaging::KafkaSecurity security_;
  std::map<messaging::TopicPartition, int64_t> next_;
};

}  // namespace orderflow::e2e
