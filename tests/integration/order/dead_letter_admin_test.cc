// Proves the admin API of dead letters on a real PostgreSQL, through gRPC: what it shows, that a
// dead letter is settled once and its record sent if and only if that is recorded, what is refused,
// and that the record can only grow. The log is in memory; the end to end suite has the real one.

#include <gmock/gmock.h>

#include <array>
#include <thread>

#include "libs/base/errors.h"
#include "libs/messaging/topics.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "services/order/messaging/dead_letter_gauges.h"
#include "tests/integration/order/dead_letter_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using orderflow::testing::TcpProxy;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

TEST_F(DeadLetterAdminTest, ShowsARecordDecodedAndWithoutSecrets) {
  const auto event = Get(ParkEvent("o-1"));
  const auto command = Get(ParkCommand("o-2"));
  const auto garbage = Get(Park(messaging::kOrderReplies, "o-3", "\xff\xfe", ""));

  ASSERT_THAT(event, IsOk());
  EXPECT_EQ(event->original_topic(), messaging::kOrderEvents);
  EXPECT_EQ(event->original_offset(), 0);
  EXPECT_EQ(event->reason(), "INVALID_ARGUMENT: no");
  EXPECT_EQ(event->state(), v1::DEAD_LETTER_STATE_OPEN);
  EXPECT_THAT(event->value_json(), HasSubstr("\"order_id\":\"o-1\""));
  EXPECT_THAT(event->DebugString(), Not(HasSubstr("ada@")));
  ASSERT_THAT(command, IsOk());
  EXPECT_THAT(command->DebugString(), Not(HasSubstr("secret")));
  ASSERT_THAT(garbage, IsOk());
  EXPECT_EQ(garbage->value_hex(), "fffe");
}

TEST_F(DeadLetterAdminTest, ADryRunSaysWhatWouldBeSentAndChangesNothing) {
  const v1::DeadLetterId id = ParkEvent("o-1");
  auto request = ARequest({id}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE);
  request.mutable_settlement()->set_validate_only(true);

  const v1::DeadLetterResult result = SettleOne(request);

  ASSERT_TRUE(result.has_action()) << result.DebugString();
  EXPECT_EQ(result.action().sent_topic(), messaging::kOrderEvents);
  EXPECT_TRUE(result.action().action_id().empty());
  EXPECT_EQ(CountActions(), 0);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 0);
  EXPECT_EQ(Get(id)->state(), v1::DEAD_LETTER_STATE_OPEN);
}

TEST_F(DeadLetterAdminTest, RedrivesTheRecordAsItCameAndRecordsIt) {
  const v1::DeadLetterId id = ParkEvent("o-1");

  const v1::DeadLetterResult result = Redrive(id);

  ASSERT_TRUE(result.has_action()) << result.DebugString();
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 1);
  const std::string row = "FROM outbox_messages WHERE topic = 'order.events'";
  EXPECT_EQ(database_.QueryText("SELECT message_key " + row), "o-1");
  EXPECT_EQ(database_.QueryText("SELECT headers->>'ce_id' " + row), "original");
  EXPECT_EQ(database_.QueryText("SELECT headers->>'redriven_from' " + row), "order.events.dlq/0/0");
  EXPECT_EQ(database_.QueryText("SELECT headers->>'redriven_offset' " + row), "0");
  const auto letter = Get(id);
  ASSERT_THAT(letter, IsOk());
  EXPECT_EQ(letter->state(), v1::DEAD_LETTER_STATE_REDRIVEN);
  EXPECT_EQ(letter->action().settlement().actor(), "ann");
  EXPECT_EQ(letter->action().settlement().reason(), "ticket 7");
  EXPECT_THAT(metrics_.Expose(), HasSubstr("settled_dead_letters_total{action=\"redrive\"} 1"));
}

TEST_F(DeadLetterAdminTest, TheSameRequestAgainSendsNothingMore) {
  const auto request = ARequest({ParkEvent("o-1")}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE);

  const v1::DeadLetterResult first = SettleOne(request);
  const v1::DeadLetterResult again = SettleOne(request);

  EXPECT_EQ(again.action().action_id(), first.action().action_id());
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 1);
  EXPECT_EQ(CountActions(), 1);
}

TEST_F(DeadLetterAdminTest, ASettledOneIsNotSettledAgain) {
  const v1::DeadLetterId id = ParkEvent("o-1");
  auto reused = ARequest({id}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE);
  ASSERT_TRUE(SettleOne(reused).has_action());
  reused.mutable_settlement()->set_kind(v1::DEAD_LETTER_ACTION_KIND_DISCARD);

  EXPECT_EQ(Redrive(id).error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Discard(id).error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(SettleOne(reused).error().code(), static_cast<int>(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 1);
}

TEST_F(DeadLetterAdminTest, SixteenPersonsAtOnceRedriveItOnce) {
  const v1::DeadLetterId id = ParkEvent("o-1");
  std::array<v1::DeadLetterResult, 16> results;
  {
    std::vector<std::jthread> persons;
    for (v1::DeadLetterResult& result : results) {
      persons.emplace_back([this, &id, &result] { result = Redrive(id); });
    }
  }

  EXPECT_EQ(std::count_if(results.begin(), results.end(),
                          [](const v1::DeadLetterResult& result) { return result.has_action(); }),
            1);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 1);
  EXPECT_EQ(CountActions(), 1);
}

// The process dies, or loses the database, on either side of the commit.
TEST_F(DeadLetterAdminTest, ItIsSentIfAndOnlyIfItIsRecorded) {
  TcpProxy proxy(database_.server_port());
  postgres::Pool pool(database_.PoolOptionsAtPort(proxy.port()));
  outbox::OutboxRelay relay(pool, producer_, metrics_, {.source = "/test", .instance_id = "dying"});
  outbox::Outbox outbox(relay);
  OutboxDeadLetterSettler dying(pool, outbox, clock_, ids_, metrics_);
  for (const auto fault : {TcpProxy::Fault::kCutBeforeCommit, TcpProxy::Fault::kCutAfterCommit}) {
    const v1::DeadLetterId id = ParkEvent("o-1");
    const DeadLetterId key{id.topic(), id.partition(), id.offset()};
    const auto found =
        log_.Find(std::span(&key, 1), std::chrono::steady_clock::now() + kCallTimeout);
    ASSERT_THAT(found, IsOk());
    const DeadLetterRequest request{RequestId(ids_.NewId()), DeadLetterActionKind::kRedrive, "ann",
                                    "ticket 7", false};
    const int64_t sent = CountOutbox(messaging::kOrderEvents);
    proxy.Arm(fault);

    EXPECT_FALSE(dying.Settle(std::span(&found->at(key), 1), request).ok());

    EXPECT_EQ(CountOutbox(messaging::kOrderEvents) - sent, CountActions() - sent);
    const auto again = settler_.Settle(std::span(&found->at(key), 1), request);
    ASSERT_THAT(again, IsOk());
    EXPECT_THAT(again->front().action, IsOk());
    EXPECT_EQ(CountOutbox(messaging::kOrderEvents), sent + 1);
  }
}

TEST_F(DeadLetterAdminTest, ADiscardOfAnEventTellsThoseThatWaitAndOfACommandNobody) {
  const v1::DeadLetterResult event = Discard(ParkEvent("o-1"));
  const v1::DeadLetterResult command = Discard(ParkCommand("o-2"));

  ASSERT_TRUE(event.has_action()) << event.DebugString();
  EXPECT_EQ(event.action().state_after(), v1::DEAD_LETTER_STATE_DISCARDED);
  EXPECT_EQ(database_.QueryText(
                "SELECT headers->>'discarded' FROM outbox_messages WHERE topic = 'order.events'"),
            "true");
  ASSERT_TRUE(command.has_action()) << command.DebugString();
  EXPECT_TRUE(command.action().sent_topic().empty());
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 0);
}

TEST_F(DeadLetterAdminTest, CommandsAreRedrivenOnlyWhileTheirOrderIsUnderWay) {
  const OrderId under_way = AcceptOne();
  const OrderId at_rest = AcceptOneAtRest();
  const int64_t sent = CountOutbox(messaging::kPaymentCommands);
  const auto request = ARequest({ParkCommand(under_way.value()), ParkCommand(at_rest.value()),
                                 ParkCommand(ids_.NewId()), ParkCommand("no order")},
                                v1::DEAD_LETTER_ACTION_KIND_REDRIVE);

  const auto response = Settle(request);

  ASSERT_THAT(response, IsOk());
  EXPECT_TRUE(response->results(0).has_action()) << response->results(0).DebugString();
  for (int i = 1; i < 4; ++i) {
    EXPECT_EQ(response->results(i).error().code(),
              static_cast<int>(absl::StatusCode::kFailedPrecondition))
        << i;
  }
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), sent + 1);
}

TEST_F(DeadLetterAdminTest, OfAPackedRecordOnlyWhatIsWaitedForIsSent) {
  const OrderId under_way = AcceptOne();
  const OrderId at_rest = AcceptOneAtRest();
  const int64_t sent = CountOutbox(messaging::kPaymentCommands);
  const v1::DeadLetterId mixed = ParkPackedCommands({at_rest.value(), under_way.value()});
  const v1::DeadLetterId done = ParkPackedCommands({at_rest.value(), at_rest.value()});

  EXPECT_THAT(Get(mixed)->value_json(),
              AllOf(HasSubstr(at_rest.value()), HasSubstr(under_way.value())));
  EXPECT_THAT(Get(mixed)->DebugString(), Not(HasSubstr("payload")));
  EXPECT_TRUE(Redrive(mixed).has_action());
  EXPECT_EQ(Redrive(done).error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));

  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), sent + 1);
  EXPECT_EQ(database_.QueryText("SELECT message_key FROM outbox_messages WHERE topic = "
                                "'payment.commands' AND headers->>'redriven_from' IS NOT NULL"),
            under_way.value());
}

TEST_F(DeadLetterAdminTest, ABatchIsSentInTheOrderInWhichItsRecordsFirstCame) {
  const v1::DeadLetterId first = ParkEvent("o-1");
  const v1::DeadLetterId second = ParkEvent("o-1");
  const v1::DeadLetterId third = ParkEvent("o-1");

  ASSERT_THAT(Settle(ARequest({third, first, second}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE)),
              IsOk());

  EXPECT_EQ(database_.QueryText("SELECT string_agg(headers->>'redriven_offset', ',' ORDER BY "
                                "message_id) FROM outbox_messages WHERE topic = 'order.events'"),
            "0,1,2");
}

TEST_F(DeadLetterAdminTest, WhatStoodAtItsPlaceInAQueueOfBeforeIsAnother) {
  DeadLetterGauges gauges(log_, settler_, metrics_);
  const auto request = ARequest({ParkEvent("o-1")}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE);
  ASSERT_TRUE(SettleOne(request).has_action());
  reader_.Clear();
  ASSERT_THAT(gauges.Update(), IsOk());
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_order_open_dead_letters{topic=\"order.events.dlq\"} 0"));
  const v1::DeadLetterId id = ParkEvent("o-1");
  ASSERT_EQ(id.offset(), request.ids(0).offset());

  EXPECT_EQ(Get(id)->state(), v1::DEAD_LETTER_STATE_OPEN);
  ASSERT_TRUE(Redrive(id).has_action());

  EXPECT_EQ(Get(id)->state(), v1::DEAD_LETTER_STATE_REDRIVEN);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 2);
  EXPECT_EQ(CountActions(), 2);
}

TEST_F(DeadLetterAdminTest, ARowWithoutAHashStillCounts) {
  const v1::DeadLetterId id = ParkEvent("o-1");
  ASSERT_TRUE(Redrive(id).has_action());
  database_.Run(
      "UPDATE dead_letter_actions SET record_hash = '', before = (before::jsonb - "
      "'message_id')::json");

  EXPECT_EQ(Get(id)->state(), v1::DEAD_LETTER_STATE_REDRIVEN);
  EXPECT_EQ(Redrive(id).error().code(), static_cast<int>(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 1);
}

TEST_F(DeadLetterAdminTest, WhatThereIsNotIsNotFound) {
  v1::DeadLetterId missing = ParkEvent("o-1");
  missing.set_offset(77);

  EXPECT_THAT(Get(missing), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_EQ(Redrive(missing).error().code(), static_cast<int>(absl::StatusCode::kNotFound));
}

TEST_F(DeadLetterAdminTest, APartitionThatThereIsNotDoesNotTouchTheOthersOfABatch) {
  v1::DeadLetterId missing = ParkEvent("o-1");
  missing.set_partition(77);

  const auto response =
      Settle(ARequest({missing, ParkEvent("o-1")}, v1::DEAD_LETTER_ACTION_KIND_REDRIVE));

  EXPECT_THAT(Get(missing), StatusIs(absl::StatusCode::kNotFound));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->results(0).error().code(), static_cast<int>(absl::StatusCode::kNotFound));
  EXPECT_TRUE(response->results(1).has_action()) << response->results(1).DebugString();
}

TEST_F(DeadLetterAdminTest, TheBrokerIsAskedNoLongerThanTheCallerWaits) {
  const auto limit = std::chrono::steady_clock::now() + kCallTimeout;
  const v1::DeadLetterId id = ParkEvent("o-1");
  grpc::ClientContext context;
  rpc::Prepare(context, std::chrono::seconds(10), telemetry::NewTrace());
  v1::ListDeadLettersResponse response;
  ASSERT_TRUE(stub_->ListDeadLetters(&context, {}, &response).ok());
  EXPECT_LT(reader_.latest_deadline(), limit - std::chrono::seconds(10));

  // Callers who would wait for longer do not hold a thread for so long.
  ASSERT_THAT(Get(id), IsOk());
  ASSERT_TRUE(Discard(id).has_action());

  EXPECT_LT(reader_.latest_deadline(), limit);
}

TEST_F(DeadLetterAdminTest, ListsInPagesWhatAFilterLeaves) {
  const v1::DeadLetterId redriven = ParkEvent("o-1");
  for (int i = 0; i < 4; ++i) {
    ParkEvent("o-1");
    ParkEvent("o-2");
    Park(messaging::kOrderReplies, "o-1", "x");
  }
  ASSERT_TRUE(Redrive(redriven).has_action());
  v1::ListDeadLettersRequest request;
  request.mutable_filter()->set_key("o-1");
  request.mutable_filter()->add_original_topics(messaging::kOrderEvents);
  request.mutable_filter()->set_state(v1::DEAD_LETTER_STATE_OPEN);
  request.set_page_size(3);
  std::vector<int64_t> offsets;
  int pages = 0;
  do {
    const auto page = Call(&Stub::ListDeadLetters, request);
    ASSERT_THAT(page, IsOk());
    for (const v1::DeadLetter& letter : page->dead_letters()) {
      offsets.push_back(letter.id().offset());
    }
    request.set_page_token(page->next_page_token());
    ++pages;
  } while (!request.page_token().empty());

  EXPECT_THAT(offsets, ElementsAre(1, 3, 5, 7));
  EXPECT_EQ(pages, 2);
}

TEST_F(DeadLetterAdminTest, TheGaugesSayHowManyAreOpen) {
  DeadLetterGauges gauges(log_, settler_, metrics_);
  const v1::DeadLetterId id = ParkEvent("o-1");
  ParkEvent("o-2");
  ASSERT_THAT(gauges.Update(), IsOk());
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_order_open_dead_letters{topic=\"order.events.dlq\"} 2"));
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_order_open_dead_letters{topic=\"order.replies.dlq\"} 0"));
  ASSERT_TRUE(Discard(id).has_action());

  ASSERT_THAT(gauges.Update(), IsOk());

  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_order_open_dead_letters{topic=\"order.events.dlq\"} 1"));
}

TEST_F(DeadLetterAdminTest, TheRecordIsListedNewestFirstAndCanOnlyGrow) {
  ASSERT_TRUE(Redrive(ParkEvent("o-1")).has_action());
  ASSERT_TRUE(Discard(ParkEvent("o-2")).has_action());

  const auto all = Call(&Stub::ListDeadLetterActions, v1::ListDeadLetterActionsRequest());
  v1::ListDeadLetterActionsRequest of_one;
  of_one.set_key("o-1");
  const auto one = Call(&Stub::ListDeadLetterActions, of_one);

  ASSERT_THAT(all, IsOk());
  ASSERT_EQ(all->actions_size(), 2);
  EXPECT_EQ(all->actions(0).key(), "o-2");
  EXPECT_EQ(all->actions(1).park_reason(), "INVALID_ARGUMENT: no");
  ASSERT_THAT(one, IsOk());
  EXPECT_EQ(one->actions_size(), 1);
  for (const char* right : {"UPDATE", "DELETE", "TRUNCATE"}) {
    EXPECT_EQ(database_.QueryText(std::string("SELECT has_table_privilege('test_runtime', "
                                              "'dead_letter_actions', '") +
                                  right + "')"),
              "f")
        << right;
  }
}

}  // namespace
}  // namespace orderflow::order
