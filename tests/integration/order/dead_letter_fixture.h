#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "libs/inbox/dead_letter.h"
#include "libs/messaging/testing/in_memory_log_reader.h"
#include "libs/messaging/testing/pack.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox_record.h"
#include "libs/testing/status_matchers.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "orderflow/payment/v1/payment_commands.pb.h"
#include "services/order/grpc/dead_letter_admin_service.h"
#include "services/order/messaging/kafka_dead_letter_log.h"
#include "services/order/messaging/outbox_dead_letter_settler.h"
#include "tests/integration/order/api_fixture.h"

namespace orderflow::order {

// The admin API of dead letters behind gRPC, over a log in memory and a real, empty database.
class DeadLetterAdminTest : public ApiTest<v1::DeadLetterAdminService> {
 protected:
  void SetUp() override { Serve(service_); }
  void TearDown() override {
    StopServing();
    executor_.Stop();
  }

  // Parks a record as a consumer does.
  v1::DeadLetterId Park(const std::string& topic, const std::string& key, const std::string& value,
                        const std::string& type = "orderflow.order.v1.OrderEvent") {
    return Park(ARecord(topic, key, value, type));
  }
  static messaging::Record ARecord(const std::string& topic, const std::string& key,
                                   const std::string& value, const std::string& type) {
    messaging::Record record;
    record.topic = topic;
    record.key = key;
    record.value = value;
    record.headers = {{"ce_id", "original"}, {"ce_type", type}};
    return record;
  }
  v1::DeadLetterId Park(messaging::Record record) {
    record.partition = 0;
    record.offset = next_offset_++;
    const messaging::Record parked = outbox::ToRecord(
        inbox::MakeDeadLetter(record, "INVALID_ARGUMENT: no", ids_.NewId(), clock_.Now()), "/test");
    v1::DeadLetterId id;
    id.set_topic(parked.topic);
    id.set_offset(reader_.Append({parked.topic, 0}, parked));
    return id;
  }
  v1::DeadLetterId ParkEvent(const std::string& key) {
    v1::OrderEvent event;
    event.set_order_id(key);
    event.set_email("ada@example.com");
    return Park(messaging::kOrderEvents, key, event.SerializeAsString());
  }
  v1::DeadLetterId ParkCommand(const std::string& key) {
    payment::v1::PaymentCommand command;
    command.mutable_step()->set_order_id(key);
    command.mutable_authorize_payment()->set_payment_method_token("tok_secret");
    return Park(messaging::kPaymentCommands, key, command.SerializeAsString(),
                "orderflow.payment.v1.PaymentCommand");
  }

  OrderId AcceptOneAtRest() {
    const OrderId order = AcceptOne();
    database_.Run(
        "UPDATE orders SET state = 'REJECTED', payment_method_token = '' WHERE order_id = '" +
        order.value() + "'");
    return order;
  }
  // One record of a command for each order.
  v1::DeadLetterId ParkPackedCommands(const std::vector<std::string>& keys) {
    std::vector<messaging::Record> commands;
    for (const std::string& key : keys) {
      payment::v1::PaymentCommand command;
      command.mutable_step()->set_order_id(key);
      command.mutable_authorize_payment()->set_payment_method_token("tok_secret");
      commands.push_back(ARecord(messaging::kPaymentCommands, key, command.SerializeAsString(),
                                 "orderflow.payment.v1.PaymentCommand"));
    }
    return Park(messaging::Pack(commands));
  }

  v1::BatchSettleDeadLettersRequest ARequest(const std::vector<v1::DeadLetterId>& ids,
                                             v1::DeadLetterActionKind kind) {
    v1::BatchSettleDeadLettersRequest request;
    for (const v1::DeadLetterId& id : ids) {
      *request.add_ids() = id;
    }
    request.mutable_settlement()->set_request_id(ids_.NewId());
    request.mutable_settlement()->set_kind(kind);
    request.mutable_settlement()->set_actor("ann");
    request.mutable_settlement()->set_reason("ticket 7");
    return request;
  }
  absl::StatusOr<v1::BatchSettleDeadLettersResponse> Settle(
      const v1::BatchSettleDeadLettersRequest& request) {
    return Call(&Stub::BatchSettleDeadLetters, request);
  }
  // The one result of a call about one dead letter.
  v1::DeadLetterResult SettleOne(const v1::BatchSettleDeadLettersRequest& request) {
    const auto response = Settle(request);
    EXPECT_THAT(response, testing::IsOk());
    return response.ok() && response->results_size() == 1 ? response->results(0)
                                                          : v1::DeadLetterResult();
  }
  v1::DeadLetterResult Redrive(const v1::DeadLetterId& id) {
    return SettleOne(ARequest({id}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE));
  }
  v1::DeadLetterResult Discard(const v1::DeadLetterId& id) {
    return SettleOne(ARequest({id}, v1::DEAD_LETTER_ACTION_KIND_DISCARD));
  }
  absl::StatusOr<v1::DeadLetter> Get(const v1::DeadLetterId& id) {
    v1::GetDeadLetterRequest request;
    *request.mutable_id() = id;
    return Call(&Stub::GetDeadLetter, request);
  }
  int64_t CountActions() { return database_.QueryInt("SELECT count(*) FROM dead_letter_actions"); }

  messaging::InMemoryLogReader reader_{/*partitions=*/2};
  KafkaDeadLetterLog log_{reader_};
  OutboxDeadLetterSettler settler_{pool_, outbox_, clock_, ids_, metrics_};
  rpc::CallExecutor executor_{metrics_, rpc::Access::InsecureForAll(), {.threads = 4}};
  DeadLetterAdminGrpcService service_{log_, settler_, clock_, executor_};
  int64_t next_offset_ = 0;
};

}  // namespace orderflow::order
