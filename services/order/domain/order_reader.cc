#include "services/order/domain/order_reader.h"

#include <utility>

#include "libs/base/errors.h"
#include "libs/base/status_macros.h"

namespace orderflow::order {
namespace {

void Answer(const std::vector<OrderRead>& reads, const absl::Status& status, const Order* order) {
  for (const OrderRead& read : reads) {
    read.done(status, order);
  }
}

}  // namespace

OrderReader::OrderReader(OrderStore& store, const Clock& clock, ReaderOptions options)
    : store_(store), clock_(clock), options_(options), queue_(options.queue_max) {}

void OrderReader::Submit(OrderRead read) {
  if (!queue_.TryPush(std::move(read))) {
    // NOLINTNEXTLINE(bugprone-use-after-move): TryPush leaves what it does not take
    read.done(Overloaded("too many orders are being read; try again later",
                         std::chrono::ceil<std::chrono::milliseconds>(options_.retry_delay)),
              nullptr);
  }
}

void OrderReader::Run(std::stop_token stop) {
  while (true) {
    std::vector<OrderRead> waiting = queue_.PopBatch(options_.batch_max, stop);
    if (waiting.empty()) {
      return;
    }
    Process(Group(std::move(waiting)));
  }
}

// Groups a batch by order and answers at once whose caller is gone.
OrderReader::Batch OrderReader::Group(std::vector<OrderRead> waiting) const {
  Batch batch;
  const Timestamp now = clock_.Now();
  for (OrderRead& read : waiting) {
    if (read.is_given_up()) {
      read.done(absl::CancelledError("the caller cancelled the call"), nullptr);
    } else if (read.deadline <= now) {
      read.done(absl::DeadlineExceededError("the deadline passed before the order was read"),
                nullptr);
    } else {
      batch[read.order_id].push_back(std::move(read));
    }
  }
  return batch;
}

void OrderReader::Process(const Batch& batch) {
  if (batch.empty()) {
    return;
  }
  std::vector<OrderId> ids;
  ids.reserve(batch.size());
  for (const auto& [id, reads] : batch) {
    ids.push_back(id);
  }
  if (const absl::Status status = ReadAndAnswer(ids, batch); !status.ok()) {
    for (const OrderId& id : ids) {
      // One order that cannot be read must not take the others with it.
      const absl::Status of_this = absl::IsInternal(status) && ids.size() > 1
                                       ? ReadAndAnswer(std::span(&id, 1), batch)
                                       : status;
      if (!of_this.ok()) {
        Answer(batch.at(id), of_this, nullptr);
      }
    }
  }
}

// An error leaves all of `ids` unanswered.
absl::Status OrderReader::ReadAndAnswer(std::span<const OrderId> ids, const Batch& batch) {
  ASSIGN_OR_RETURN(const auto orders, store_.Get(ids));
  for (const OrderId& id : ids) {
    const auto found = orders.find(id);
    Answer(batch.at(id), absl::OkStatus(), found == orders.end() ? nullptr : &found->second);
  }
  return absl::OkStatus();
}

}  // namespace orderflow::order
