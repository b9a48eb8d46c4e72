#include "libs/outbox/outbox.h"

#include <memory>
#include <utility>

#include "libs/base/crash_point.h"
#include "libs/base/status_macros.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/outbox/outbox_store.h"
#include "libs/postgres/transaction.h"

namespace orderflow::outbox {

absl::Status Outbox::Insert(postgres::Transaction& transaction,
                            std::vector<OutboxMessage> messages) {
  if (messages.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(OutboxStore::Insert(transaction, messages));
  // Shared only because std::function must be copyable; it runs at most once.
  const auto shared = std::make_shared<std::vector<OutboxMessage>>(std::move(messages));
  transaction.AfterCommit([&relay = relay_, shared] {
    CRASH_POINT("outbox.before_hand_off");
    relay.Offer(std::move(*shared));
  });
  return absl::OkStatus();
}

}  // namespace orderflow::outbox
