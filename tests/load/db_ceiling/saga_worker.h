#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "libs/base/uuid.h"
#include "libs/postgres/pool.h"
#include "tests/load/db_ceiling/saga_batch.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {

// Plays whole sagas against the database, one batch after the other, transaction by transaction as
// the services do, with nothing in between: no Kafka, no gRPC, no provider. Not threadsafe.
class SagaWorker {
 public:
  // `number` tells this worker's progress rows from those of others.
  SagaWorker(postgres::Pool& pool, IdGenerator& ids, int64_t number)
      : pool_(pool), ids_(ids), maker_(ids, static_cast<uint64_t>(number) + 1), number_(number) {}

  absl::Status Prepare();
  absl::Status PlayBatch(size_t orders);
  // Only the first transaction of each saga.
  absl::Status AcceptBatch(size_t orders);

 private:
  using Write = absl::Status (*)(postgres::Transaction&, const SagaBatch&);
  // Which messages a transaction owes, and whether it consumed a batch of records.
  struct Extra {
    int messages_per_order = 0;
    const char* consumer_group = nullptr;
  };
  // One transaction, then the relay's deletion of its messages in another.
  absl::Status Run(const SagaBatch& batch, Write write, const Extra& extra);

  postgres::Pool& pool_;
  IdGenerator& ids_;
  SagaBatchMaker maker_;
  const int64_t number_;
};

}  // namespace orderflow::db_ceiling
