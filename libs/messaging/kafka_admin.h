#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"

struct rd_kafka_s;
struct rd_kafka_op_s;
struct rd_kafka_AdminOptions_s;
struct rd_kafka_queue_s;

namespace orderflow::messaging {

struct AdminAnswerDeleter {
  void operator()(rd_kafka_op_s* event) const;
};
using AdminAnswer = std::unique_ptr<rd_kafka_op_s, AdminAnswerDeleter>;

// Asks the cluster for something that administrators may, and waits for the answer. `operation` is
// one of rd_kafka_admin_op_t; `send` sends it; `what` is what an error begins with. kUnavailable:
// no answer in time, or not from all that have to agree.
absl::StatusOr<AdminAnswer> AskCluster(
    rd_kafka_s* client, int operation, const std::string& what,
    const std::function<void(rd_kafka_AdminOptions_s* options, rd_kafka_queue_s* queue)>& send);

}  // namespace orderflow::messaging
