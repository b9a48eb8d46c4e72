// Proves that the queues are read in order and in pages without gaps, and that single dead letters
// are found with few reads.
#include "services/order/messaging/kafka_dead_letter_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "libs/messaging/testing/in_memory_log_reader.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using ::testing::ElementsAre;
using testing::IsOk;
using testing::StatusIs;

std::vector<std::string> NamesOf(const std::vector<DeadLetter>& letters) {
  std::vector<std::string> names;
  for (const DeadLetter& letter : letters) {
    names.push_back(ToString(letter.id));
  }
  return names;
}

DeadLetterLog::Deadline Later() {
  return std::chrono::steady_clock::now() + std::chrono::minutes(1);
}

class KafkaDeadLetterLogTest : public ::testing::Test {
 protected:
  KafkaDeadLetterLogTest() {
    Append({"a.dlq", 0}, 3);
    Append({"b.dlq", 1}, 2);
  }
  void Append(const messaging::TopicPartition& partition, int count) {
    for (int i = 0; i < count; ++i) {
      reader_.Append(partition, messaging::Record());
    }
  }

  messaging::InMemoryLogReader reader_{/*partitions=*/2};
  KafkaDeadLetterLog log_{reader_};
};

TEST_F(KafkaDeadLetterLogTest, KnowsTheQueueOfEveryTopic) {
  EXPECT_THAT(log_.Topics(), ElementsAre("inventory.commands.dlq", "order.events.dlq",
                                         "order.replies.dlq", "payment.commands.dlq"));
}

TEST_F(KafkaDeadLetterLogTest, ReadsInPagesOfAnySizeWithoutGaps) {
  for (size_t page_size = 1; page_size <= 6; ++page_size) {
    std::vector<std::string> names;
    std::optional<DeadLetterId> from;
    do {
      const auto page = log_.Read({"a.dlq", "b.dlq"}, from, page_size, Later());
      ASSERT_THAT(page, IsOk());
      EXPECT_LE(page->letters.size(), page_size);
      for (const std::string& name : NamesOf(page->letters)) {
        names.push_back(name);
      }
      from = page->next;
    } while (from);
    EXPECT_THAT(names, ElementsAre("a.dlq/0/0", "a.dlq/0/1", "a.dlq/0/2", "b.dlq/1/0", "b.dlq/1/1"))
        << page_size;
  }
}

TEST_F(KafkaDeadLetterLogTest, GoesOnAfterATopicThatIsNotAskedFor) {
  const auto page = log_.Read({"b.dlq"}, DeadLetterId{"a.dlq", 0, 2}, 10, Later());

  ASSERT_THAT(page, IsOk());
  EXPECT_THAT(NamesOf(page->letters), ElementsAre("b.dlq/1/0", "b.dlq/1/1"));
}

TEST_F(KafkaDeadLetterLogTest, FindsNeighboursTogetherAndLeavesOutWhatThereIsNot) {
  Append({"a.dlq", 1}, 1000);
  const std::vector<DeadLetterId> ids = {
      {"a.dlq", 0, 2}, {"a.dlq", 0, 0}, {"a.dlq", 1, 900}, {"a.dlq", 1, 1}, {"a.dlq", 1, 2000}};

  const auto found = log_.Find(ids, Later());

  ASSERT_THAT(found, IsOk());
  std::vector<DeadLetter> letters;
  for (const auto& [id, letter] : *found) {
    letters.push_back(letter);
  }
  EXPECT_THAT(NamesOf(letters), ElementsAre("a.dlq/0/0", "a.dlq/0/2", "a.dlq/1/1", "a.dlq/1/900"));
  EXPECT_EQ(reader_.reads(), 4) << "two neighbours and three that stand alone";
}

TEST_F(KafkaDeadLetterLogTest, LeavesOutWhatNamesAPartitionThatThereIsNot) {
  const std::vector<DeadLetterId> ids = {{"a.dlq", 2, 0}, {"a.dlq", 0, 0}, {"b.dlq", 77, 0}};

  const auto found = log_.Find(ids, Later());

  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(ToString(found->begin()->first), "a.dlq/0/0");
}

TEST_F(KafkaDeadLetterLogTest, LooksForTheHighestOffsetThatCanBeNamed) {
  const std::vector<DeadLetterId> ids = {{"a.dlq", 0, std::numeric_limits<int64_t>::max()},
                                         {"a.dlq", 0, std::numeric_limits<int64_t>::max() - 1},
                                         {"a.dlq", 0, 1}};

  const auto found = log_.Find(ids, Later());

  ASSERT_THAT(found, IsOk());
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(ToString(found->begin()->first), "a.dlq/0/1");
}

TEST_F(KafkaDeadLetterLogTest, LooksNoLongerThanItsCallerWaits) {
  const DeadLetterLog::Deadline now = std::chrono::steady_clock::now();
  const std::vector<DeadLetterId> ids = {{"a.dlq", 0, 0}};

  EXPECT_THAT(log_.Count(now), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(log_.Read({"a.dlq"}, {}, 10, now), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(log_.Find(ids, now), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(reader_.latest_deadline(), now);
}

}  // namespace
}  // namespace orderflow::order
