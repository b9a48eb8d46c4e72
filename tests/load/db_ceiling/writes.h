#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "libs/postgres/transaction.h"
#include "tests/load/db_ceiling/saga_batch.h"

namespace orderflow::db_ceiling {

// The statements of one saga, one function per transaction of the real system, set-based like
// there. The id of the outbox row is left in `batch_id`: the relay deletes it in a transaction of
// its own.

// order-service and saga-orchestrator
absl::Status AcceptOrders(postgres::Transaction& transaction, const SagaBatch& batch);
// The first reply of an order reads it; the orchestrator keeps it for those that follow.
absl::Status AdvanceNewSagas(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status AdvanceSagas(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status ConfirmOrders(postgres::Transaction& transaction, const SagaBatch& batch);

// inventory-service
absl::Status ReserveStock(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status CommitReservations(postgres::Transaction& transaction, const SagaBatch& batch);

// payment-service and the provider
absl::Status BookAuthorizations(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status StoreAuthorizations(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status BookCaptures(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status StoreCaptures(postgres::Transaction& transaction, const SagaBatch& batch);

// notification-service
absl::Status InsertNotifications(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status ClaimNotifications(postgres::Transaction& transaction, const SagaBatch& batch);
absl::Status RecordNotifications(postgres::Transaction& transaction, const SagaBatch& batch);

// every service
absl::Status InsertMessages(postgres::Transaction& transaction, const SagaBatch& batch,
                            int per_order, IdGenerator& ids, std::string& batch_id);
absl::Status DeleteMessages(postgres::Transaction& transaction, const std::string& batch_id);
absl::Status AdvanceProgress(postgres::Transaction& transaction, const std::string& group,
                             int64_t partition, int64_t records);

// Items with endless stock.
absl::Status SeedItems(postgres::Transaction& transaction);
absl::Status SeedProgress(postgres::Transaction& transaction, const std::string& group,
                          int64_t partition);

}  // namespace orderflow::db_ceiling
