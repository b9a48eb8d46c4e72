// Proves which records a batch may hold while some of their keys are parked: what follows a parked
// record waits, the oldest one that comes again may go, other keys and partitions are not touched.
#include "libs/inbox/parked_records.h"

#include <gtest/gtest.h>

#include <vector>

namespace orderflow::inbox {
namespace {

const messaging::TopicPartition kPartition{"order.events", 2};

messaging::Record ARecord(const std::string& key, int64_t offset) {
  messaging::Record record;
  record.topic = kPartition.topic;
  record.partition = kPartition.partition;
  record.key = key;
  record.offset = offset;
  return record;
}

messaging::Record ARedriven(const std::string& key, int64_t offset, const std::string& first) {
  messaging::Record record = ARecord(key, offset);
  record.headers.Set("redriven_offset", first);
  return record;
}

TEST(PlaceOf, IsTheOffsetUnlessTheRecordIsRedriven) {
  EXPECT_EQ(PlaceOf(ARecord("a", 7)), (ParkedRecord{kPartition, "a", 7}));
  EXPECT_EQ(PlaceOf(ARedriven("a", 7, "3")).first_offset, 3);
}

TEST(PlaceOf, DoesNotBelieveWhatCannotBe) {
  for (const char* first : {"", "x", "3x", "-1", "8", "99999999999999999999"}) {
    EXPECT_EQ(PlaceOf(ARedriven("a", 7, first)).first_offset, 7) << first;
  }
}

TEST(ParkedRecords, HoldBackWhatFollowsOfTheirKeyAndPartitionOnly) {
  ParkedRecords parked;
  parked.Add({kPartition, "b", 5});

  EXPECT_EQ(parked.OldestBefore({kPartition, "b", 6}), 5);
  EXPECT_FALSE(parked.OldestBefore({kPartition, "b", 5})) << "not itself";
  EXPECT_FALSE(parked.OldestBefore({kPartition, "b", 4})) << "nor what came before";
  EXPECT_FALSE(parked.OldestBefore({kPartition, "a", 6}));
  EXPECT_FALSE(parked.OldestBefore({kPartition, "c", 6}));
  EXPECT_FALSE(parked.OldestBefore({{"order.events", 3}, "b", 6}));
}

TEST(ParkedRecords, TheOldestIsNamedAndFollowedByTheNext) {
  ParkedRecords parked;
  parked.Add({kPartition, "a", 9});
  parked.Add({kPartition, "a", 5});

  EXPECT_EQ(parked.OldestBefore({kPartition, "a", 20}), 5);
  EXPECT_EQ(parked.OldestBefore({kPartition, "a", 9}), 5) << "a later one that comes too early";
  parked.Remove({kPartition, "a", 5});
  EXPECT_EQ(parked.OldestBefore({kPartition, "a", 20}), 9);
  EXPECT_FALSE(parked.OldestBefore({kPartition, "a", 9}));
}

TEST(ParkedRecords, AreForgottenByPartition) {
  ParkedRecords parked;
  parked.Add({kPartition, "a", 5});
  parked.Add({{"order.events", 3}, "a", 6});

  parked.Forget(kPartition);

  EXPECT_FALSE(parked.Contains({kPartition, "a", 5}));
  EXPECT_TRUE(parked.Contains({{"order.events", 3}, "a", 6}));
}

TEST(CountFree, TakesEverythingWhileNothingIsParked) {
  const std::vector<messaging::Record> records = {ARecord("a", 7), ARedriven("a", 8, "3"),
                                                  ARecord("", 9)};

  EXPECT_EQ(ParkedRecords().CountFree(records), 3U);
}

TEST(CountFree, StopsAtTheFirstRecordThatNeedsALook) {
  ParkedRecords parked;
  parked.Add({kPartition, "a", 5});
  const messaging::Record free = ARecord("b", 7);
  messaging::Record mark = ARecord("b", 8);
  mark.headers.Set("discarded", "true");

  EXPECT_EQ(parked.CountFree(std::vector{free, ARecord("a", 8), free}), 1U) << "held back";
  EXPECT_EQ(parked.CountFree(std::vector{free, free, ARedriven("a", 8, "5")}), 2U) << "back again";
  EXPECT_EQ(ParkedRecords().CountFree(std::vector{free, mark}), 1U) << "a mark";
  EXPECT_EQ(parked.CountFree(std::vector{free, ARedriven("a", 9, "4")}), 2U)
      << "one that stands before all that is parked";
}

}  // namespace
}  // namespace orderflow::inbox
