#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "libs/messaging/producer.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/temporary_database.h"
#include "orderflow/order/v1/saga_messages.pb.h"
#include "services/order/messaging/reply_handler.h"
#include "services/order/messaging/saga_metrics.h"
#include "services/order/persistence/postgres_order_store.h"
#include "services/order/persistence/postgres_saga_reader.h"

namespace orderflow::order {

// Takes every record and acknowledges none: the relay is not started here, so outbox rows stay
// where tests can count them.
class SilentProducer final : public messaging::Producer {
 public:
  absl::Status Send(const messaging::Record&, std::function<void(absl::Status)>) override {
    return absl::OkStatus();
  }
};

// The order context on a real, empty database, without Kafka.
class OrderDatabaseTest : public ::testing::Test {
 protected:
  OrderDatabaseTest();

  // A decision to accept a one-line order under this request id.
  Decision ADecision(const std::string& request_id,
                     const std::string& body_hash = std::string(64, 'a'));
  // Accepts one order and returns its id.
  OrderId AcceptOne();
  // One batch through the reply handler, in a transaction of its own.
  absl::Status Handle(const std::vector<v1::SagaReply>& replies);
  // The same through this handler. `meanwhile` is called in each run of the transaction, with its
  // number, between what the handler decides and the commit, or rollback if there is an `outcome`.
  // Returns how often the transaction ran.
  absl::StatusOr<int> Handle(ReplyHandler& handler, const std::vector<v1::SagaReply>& replies,
                             const std::function<void(int run)>& meanwhile = nullptr,
                             const absl::Status& outcome = absl::OkStatus());
  // For `meanwhile`: in the first run only.
  static std::function<void(int run)> Once(std::function<void()> action) {
    return [action = std::move(action)](int run) {
      if (run == 1) {
        action();
      }
    };
  }
  static v1::SagaReply AReply(const OrderId& order_id, const std::string& step,
                              v1::StepOutcome outcome, bool compensation = false);
  int64_t CountOutbox(const std::string& topic);
  Order Read(const OrderId& order_id);

  static constexpr size_t kKeptMax = 100;
  testing::TemporaryDatabase database_;
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
  telemetry::Metrics metrics_;
  postgres::Pool pool_;
  SilentProducer producer_;
  outbox::OutboxRelay relay_;
  outbox::Outbox outbox_{relay_};
  OrderWorkflow workflow_{ids_};
  PostgresOrderStore store_{pool_, outbox_, workflow_, clock_};
  PostgresSagaReader sagas_{pool_};
  SagaMetrics saga_metrics_{metrics_};
  ReplyHandler handler_{workflow_, outbox_, saga_metrics_, kKeptMax};
};

}  // namespace orderflow::order
