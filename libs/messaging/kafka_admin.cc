#include "libs/messaging/kafka_admin.h"

#include <librdkafka/rdkafka.h>

#include <array>

#include "fmt/format.h"

namespace orderflow::messaging {
namespace {

constexpr int kRequestTimeoutMs = 20'000;  // waits for a broker that is just starting
constexpr size_t kErrorTextSize = 512;

struct AdminDeleter {
  void operator()(rd_kafka_AdminOptions_t* options) const {
    rd_kafka_AdminOptions_destroy(options);
  }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
template <class T>
using Owned = std::unique_ptr<T, AdminDeleter>;

}  // namespace

void AdminAnswerDeleter::operator()(rd_kafka_op_s* event) const { rd_kafka_event_destroy(event); }

absl::StatusOr<AdminAnswer> AskCluster(
    rd_kafka_s* client, int operation, const std::string& what,
    const std::function<void(rd_kafka_AdminOptions_s* options, rd_kafka_queue_s* queue)>& send) {
  const Owned<rd_kafka_AdminOptions_t> options(
      rd_kafka_AdminOptions_new(client, static_cast<rd_kafka_admin_op_t>(operation)));
  std::array<char, kErrorTextSize> text{};
  if (rd_kafka_AdminOptions_set_request_timeout(options.get(), kRequestTimeoutMs, text.data(),
                                                text.size()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::InternalError(fmt::format("{}: {}", what, text.data()));
  }
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(client));
  send(options.get(), queue.get());
  AdminAnswer answer(rd_kafka_queue_poll(queue.get(), 2 * kRequestTimeoutMs));
  if (answer == nullptr) {
    return absl::UnavailableError(fmt::format("{}: no answer in time; is the broker up?", what));
  }
  if (rd_kafka_event_error(answer.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::UnavailableError(
        fmt::format("{}: {}; is the broker up?", what, rd_kafka_event_error_string(answer.get())));
  }
  return answer;
}

}  // namespace orderflow::messaging
