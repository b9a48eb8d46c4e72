// Proves what a relay may send next: ids in order within a key, nothing of a key after a failure
// until the failed message goes first, other keys unhindered, and everything bounded. What would
// wait is asked with a stop already requested.
#include "libs/outbox/pending_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace orderflow::outbox {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

// A message in a row of its own, unless `batch_id` says otherwise.
OutboxMessage A(const std::string& id, const std::string& key, const std::string& batch_id = "") {
  OutboxMessage message;
  message.message_id = id;
  message.key = key;
  message.batch_id = batch_id.empty() ? id : batch_id;
  return message;
}

class PendingMessagesTest : public ::testing::Test {
 protected:
  // Waits: the test expects something to come.
  std::vector<OutboxMessage> Take(PendingMessages& pending) {
    return pending.TakeReady(100, std::stop_token());
  }

  static std::vector<std::string> Ids(const std::vector<OutboxMessage>& messages) {
    std::vector<std::string> ids;
    for (const OutboxMessage& message : messages) {
      ids.push_back(message.message_id);
    }
    return ids;
  }

  std::vector<std::string> TakeAcknowledged(PendingMessages& pending, size_t batch_max = 100) {
    return pending.TakeAcknowledged(batch_max, std::chrono::milliseconds(0), Stopped());
  }

  std::stop_token Stopped() {
    stopped_.request_stop();
    return stopped_.get_token();
  }

  std::stop_source stopped_;
};

TEST_F(PendingMessagesTest, HandsOutInIdOrder) {
  PendingMessages pending(10);
  pending.Add({A("2", "k")});
  pending.Add({A("1", "k"), A("3", "other")});

  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1", "2", "3"));
}

TEST_F(PendingMessagesTest, TakesAMessageInOnce) {
  PendingMessages pending(10);

  EXPECT_EQ(pending.Add({A("1", "k")}).added, 1U);
  EXPECT_EQ(pending.Add({A("1", "k")}).added, 0U);
  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1"));
}

TEST_F(PendingMessagesTest, SendsWhatWasHandedOutUnlessAnElderOfItsKeyHasFailedSince) {
  PendingMessages pending(10);
  pending.Add({A("1", "k"), A("2", "k"), A("3", "other")});
  std::vector<OutboxMessage> taken = Take(pending);
  std::vector<std::string> sent;
  const auto send = [&](std::vector<OutboxMessage> messages) {
    return pending.SendOrHold(messages, [&] {
      const std::vector<std::string> ids = Ids(messages);
      sent.insert(sent.end(), ids.begin(), ids.end());
      return absl::OkStatus();
    });
  };

  EXPECT_TRUE(send({taken[0]}).has_value());
  pending.Fail({taken[0]});
  EXPECT_FALSE(send({taken[1]}).has_value());
  EXPECT_TRUE(send({taken[2]}).has_value());

  EXPECT_THAT(sent, ElementsAre("1", "3"));
  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1", "2")) << "in order, once more";
}

TEST_F(PendingMessagesTest, OfMessagesSentTogetherOnlyThoseBehindAFailureAreTakenBack) {
  PendingMessages pending(10);
  pending.Add({A("1", "k"), A("2", "k"), A("3", "other"), A("4", "k")});
  const std::vector<OutboxMessage> taken = Take(pending);
  pending.Fail({taken[0]});
  std::vector<OutboxMessage> together = {taken[1], taken[2], taken[3]};

  EXPECT_TRUE(pending.SendOrHold(together, [] { return absl::OkStatus(); }).has_value());
  EXPECT_THAT(Ids(together), ElementsAre("3"));
  pending.Acknowledge(together);

  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1", "2", "4"));
}

TEST_F(PendingMessagesTest, MessagesThatFailTogetherGoAgainInOrder) {
  PendingMessages pending(10);
  pending.Add({A("1", "k"), A("2", "other"), A("3", "k")});
  pending.Fail(Take(pending));

  std::vector<std::string> again = Ids(Take(pending));
  while (again.size() < 3) {  // the keys' retries are due at about the same time
    const std::vector<std::string> more = Ids(Take(pending));
    again.insert(again.end(), more.begin(), more.end());
  }

  std::erase(again, "2");
  EXPECT_THAT(again, ElementsAre("1", "3"));
}

TEST_F(PendingMessagesTest, TakesAFailureInOnlyAfterTheSendThatIsUnderWay) {
  PendingMessages pending(10);
  pending.Add({A("1", "k"), A("2", "k")});
  std::vector<OutboxMessage> taken = Take(pending);
  std::future<void> failed;
  std::vector<OutboxMessage> younger = {taken[1]};

  (void)pending.SendOrHold(younger, [&] {
    failed = std::async(std::launch::async, [&] { pending.Fail({taken[0]}); });
    EXPECT_EQ(failed.wait_for(std::chrono::milliseconds(50)), std::future_status::timeout);
    return absl::OkStatus();
  });
  failed.get();
  pending.Acknowledge({taken[1]});

  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1"));
}

TEST_F(PendingMessagesTest, IsBounded) {
  PendingMessages pending(2);

  const auto result = pending.Add({A("1", "k"), A("2", "k"), A("3", "k")});

  EXPECT_EQ(result.added, 2U);
  EXPECT_EQ(result.left_out, 1U);
  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1", "2"));
}

TEST_F(PendingMessagesTest, TakesARowInWholeOrNotAtAll) {
  PendingMessages pending(2);

  EXPECT_EQ(pending.Add({A("1", "k", "1"), A("2", "k", "1"), A("3", "k", "1")}).added, 3U);
  EXPECT_EQ(pending.Add({A("4", "k", "4"), A("5", "k", "4")}).left_out, 2U);
}

TEST_F(PendingMessagesTest, AStuckMessageKeepsNoRoomForItsAcknowledgedNeighbours) {
  PendingMessages pending(3);
  pending.Add({A("1", "k", "1"), A("2", "stuck", "1"), A("3", "k", "1")});
  EXPECT_EQ(pending.Add({A("4", "k")}).left_out, 1U);
  const std::vector<OutboxMessage> taken = Take(pending);
  pending.Acknowledge({taken[0]});
  pending.Acknowledge({taken[2]});

  EXPECT_TRUE(pending.WaitUntilAtMost(1, std::chrono::milliseconds(0), std::stop_token()));
  EXPECT_EQ(pending.Add({A("4", "k")}).added, 1U);
  EXPECT_EQ(pending.Add({A("5", "k")}).added, 1U);
  EXPECT_EQ(pending.Add({A("6", "k")}).left_out, 1U);
}

TEST_F(PendingMessagesTest, ARowIsDoneWhenItsLastMessageIsAcknowledged) {
  PendingMessages pending(10);
  pending.Add({A("1", "k", "1"), A("2", "other", "1"), A("3", "k", "3")});
  const std::vector<OutboxMessage> taken = Take(pending);
  pending.Acknowledge({taken[0]});
  pending.Acknowledge({taken[2]});
  pending.Fail({taken[1]});
  EXPECT_THAT(TakeAcknowledged(pending), ElementsAre("3"));

  pending.Acknowledge({Take(pending)[0]});

  EXPECT_THAT(TakeAcknowledged(pending), ElementsAre("1"));
}

TEST_F(PendingMessagesTest, CountsUntilDeleted) {
  PendingMessages pending(1);
  pending.Add({A("1", "k")});
  pending.Acknowledge({Take(pending)[0]});
  EXPECT_EQ(pending.Add({A("2", "k")}).left_out, 1U) << "acknowledged, but still in the table";

  pending.Forget(TakeAcknowledged(pending));

  EXPECT_EQ(pending.Add({A("2", "k")}).added, 1U);
}

TEST_F(PendingMessagesTest, FailedMessageGoesBeforeWhatCameMeanwhile) {
  PendingMessages pending(10);
  pending.Add({A("1", "k")});
  pending.Fail({Take(pending)[0]});
  pending.Add({A("2", "k"), A("9", "other")});
  EXPECT_THAT(Ids(Take(pending)), ElementsAre("9")) << "another key is not held up";

  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1", "2"));
}

TEST_F(PendingMessagesTest, WaitsForTheEndOfAllOfAKeyBeforeARetry) {
  PendingMessages pending(10);
  pending.Add({A("1", "k"), A("2", "k"), A("3", "k")});
  std::vector<OutboxMessage> sent = Take(pending);
  pending.Fail({sent[1]});
  pending.Acknowledge({sent[0]});
  EXPECT_THAT(pending.TakeReady(100, Stopped()), IsEmpty()) << "3 is still on its way";
  pending.Fail({sent[2]});

  EXPECT_THAT(Ids(Take(pending)), ElementsAre("2", "3"));
  EXPECT_THAT(TakeAcknowledged(pending), ElementsAre("1"));
}

TEST_F(PendingMessagesTest, SendsFailedMessagesAgainInIdOrderHoweverTheirSendsEnded) {
  PendingMessages pending(10);
  pending.Add({A("1", "k"), A("2", "k"), A("3", "k")});
  const std::vector<OutboxMessage> sent = Take(pending);
  pending.Fail({sent[2]});
  pending.Fail({sent[0]});
  pending.Fail({sent[1]});

  EXPECT_THAT(Ids(Take(pending)), ElementsAre("1", "2", "3"));
}

TEST_F(PendingMessagesTest, RetriesAgainAndAgain) {
  PendingMessages pending(10);
  pending.Add({A("1", "k")});
  for (int i = 0; i < 3; ++i) {
    std::vector<OutboxMessage> sent = Take(pending);
    ASSERT_THAT(Ids(sent), ElementsAre("1"));
    pending.Fail({sent[0]});
  }

  pending.Acknowledge({Take(pending)[0]});

  EXPECT_THAT(TakeAcknowledged(pending), ElementsAre("1"));
  EXPECT_TRUE(pending.WaitUntilAllAcknowledged(std::chrono::milliseconds(0)));
}

TEST_F(PendingMessagesTest, ReturnsInBatches) {
  PendingMessages pending(10);
  pending.Add({A("1", "a"), A("2", "b"), A("3", "c")});
  for (const OutboxMessage& message : Take(pending)) {
    pending.Acknowledge({message});
  }

  const std::vector<std::string> first = TakeAcknowledged(pending, 2);
  pending.ReturnAcknowledged(first);  // the database was away

  EXPECT_THAT(first, ElementsAre("1", "2"));
  EXPECT_THAT(TakeAcknowledged(pending, 10), UnorderedElementsAre("1", "2", "3"));
}

TEST_F(PendingMessagesTest, TakesNothingAfterClose) {
  PendingMessages pending(10);
  pending.Close();

  EXPECT_EQ(pending.Add({A("1", "k")}).left_out, 1U);
}

TEST_F(PendingMessagesTest, TellsWhetherAllIsAcknowledged) {
  PendingMessages pending(10);
  pending.Add({A("1", "k")});
  EXPECT_FALSE(pending.WaitUntilAllAcknowledged(std::chrono::milliseconds(0)));
  const std::vector<OutboxMessage> sent = Take(pending);
  EXPECT_FALSE(pending.WaitUntilAllAcknowledged(std::chrono::milliseconds(0)));

  pending.Acknowledge({sent[0]});

  EXPECT_TRUE(pending.WaitUntilAllAcknowledged(std::chrono::milliseconds(0)));
  EXPECT_FALSE(pending.WaitUntilAtMost(0, std::chrono::milliseconds(0), std::stop_token()));
}

}  // namespace
}  // namespace orderflow::outbox
