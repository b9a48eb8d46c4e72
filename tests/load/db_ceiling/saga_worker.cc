#include "tests/load/db_ceiling/saga_worker.h"

#include "libs/base/status_macros.h"

namespace orderflow::db_ceiling {
namespace {

constexpr int kMessagesOfAccept = 3;
constexpr char kInventory[] = "inventory-service";
constexpr char kPayment[] = "payment-service";
constexpr char kOrchestrator[] = "saga-orchestrator";
constexpr char kNotification[] = "notification-service";

}  // namespace

absl::Status SagaWorker::Prepare() {
  return pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(SeedItems(transaction));
    for (const char* group : {kInventory, kPayment, kOrchestrator, kNotification}) {
      RETURN_IF_ERROR(SeedProgress(transaction, group, number_));
    }
    return absl::OkStatus();
  });
}

absl::Status SagaWorker::AcceptBatch(size_t orders) {
  return Run(maker_.Make(orders), AcceptOrders, {.messages_per_order = kMessagesOfAccept});
}

absl::Status SagaWorker::PlayBatch(size_t orders) {
  const SagaBatch batch = maker_.Make(orders);
  RETURN_IF_ERROR(Run(batch, AcceptOrders, {.messages_per_order = kMessagesOfAccept}));
  RETURN_IF_ERROR(
      Run(batch, ReserveStock, {.messages_per_order = 1, .consumer_group = kInventory}));
  RETURN_IF_ERROR(Run(batch, BookAuthorizations, {}));
  RETURN_IF_ERROR(
      Run(batch, StoreAuthorizations, {.messages_per_order = 1, .consumer_group = kPayment}));
  // The two replies of the parallel steps, the second of which starts the next two.
  RETURN_IF_ERROR(Run(batch, AdvanceNewSagas, {.consumer_group = kOrchestrator}));
  RETURN_IF_ERROR(
      Run(batch, AdvanceSagas, {.messages_per_order = 2, .consumer_group = kOrchestrator}));
  RETURN_IF_ERROR(
      Run(batch, CommitReservations, {.messages_per_order = 1, .consumer_group = kInventory}));
  RETURN_IF_ERROR(Run(batch, BookCaptures, {}));
  RETURN_IF_ERROR(Run(batch, StoreCaptures, {.messages_per_order = 1, .consumer_group = kPayment}));
  RETURN_IF_ERROR(Run(batch, AdvanceSagas, {.consumer_group = kOrchestrator}));
  RETURN_IF_ERROR(
      Run(batch, ConfirmOrders, {.messages_per_order = 1, .consumer_group = kOrchestrator}));
  RETURN_IF_ERROR(Run(batch, InsertNotifications, {.consumer_group = kNotification}));
  RETURN_IF_ERROR(Run(batch, ClaimNotifications, {}));
  return Run(batch, RecordNotifications, {});
}

absl::Status SagaWorker::Run(const SagaBatch& batch, Write write, const Extra& extra) {
  std::string batch_id;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    RETURN_IF_ERROR(write(transaction, batch));
    if (extra.messages_per_order > 0) {
      RETURN_IF_ERROR(InsertMessages(transaction, batch, extra.messages_per_order, ids_, batch_id));
    }
    if (extra.consumer_group != nullptr) {
      return AdvanceProgress(transaction, extra.consumer_group, number_,
                             static_cast<int64_t>(batch.size()));
    }
    return absl::OkStatus();
  }));
  if (batch_id.empty()) {
    return absl::OkStatus();
  }
  return pool_.RunInTransaction(
      [&](postgres::Transaction& transaction) { return DeleteMessages(transaction, batch_id); });
}

}  // namespace orderflow::db_ceiling
