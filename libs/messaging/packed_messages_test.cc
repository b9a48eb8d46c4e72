// Proves that messages come out of a packed record as they went in, each as if it had travelled
// alone, and that whatever is not a whole list of messages is refused as a whole.
#include "libs/messaging/packed_messages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/messaging/headers.h"
#include "orderflow/messaging/v1/packed_messages.pb.h"

namespace orderflow::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

constexpr MessageView kFirst{.key = "order-1",
                             .id = "id-1",
                             .type = "type.A",
                             .time = "2026-11-27T01:02:03.000000Z",
                             .sequence = 0,
                             .traceparent = "",
                             .payload = std::string_view("\0\xff", 2)};
constexpr MessageView kSecond{.key = "order-2",
                              .id = "id-2",
                              .type = "type.B",
                              .time = "2026-11-27T01:02:04.000000Z",
                              .sequence = 7,
                              .traceparent = "trace",
                              .payload = ""};

Record Packed() {
  MessagePacker packer("/test");
  packer.Add(kFirst);
  packer.Add(kSecond);
  return packer.Take("commands");
}

std::vector<Record> Unpacked(const std::string& value) {
  std::vector<Record> records;
  const bool unpacked = Unpack(value, {"commands", 3}, 42, records);
  EXPECT_EQ(unpacked, !records.empty());
  return records;
}

TEST(PackedMessages, EachMessageComesOutAsIfItHadTravelledAlone) {
  const Record packed = Packed();

  EXPECT_EQ(packed.topic, "commands");
  EXPECT_EQ(packed.key, "order-1");
  EXPECT_TRUE(IsPacked(packed));
  const std::vector<Record> records = Unpacked(packed.value);
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_EQ(records[0].key, "order-1");
  EXPECT_EQ(records[0].value, kFirst.payload);
  EXPECT_THAT(records[0].headers, ElementsAre(Pair("ce_specversion", "1.0"), Pair("ce_id", "id-1"),
                                              Pair("ce_type", "type.A"), Pair("ce_source", "/test"),
                                              Pair("ce_time", "2026-11-27T01:02:03.000000Z")));
  EXPECT_EQ(records[1].key, "order-2");
  EXPECT_EQ(records[1].value, "");
  EXPECT_THAT(records[1].headers, ElementsAre(Pair("ce_specversion", "1.0"), Pair("ce_id", "id-2"),
                                              Pair("ce_type", "type.B"), Pair("ce_source", "/test"),
                                              Pair("ce_time", "2026-11-27T01:02:04.000000Z"),
                                              Pair("sequence", "7"), Pair("traceparent", "trace")));
}

TEST(PackedMessages, AllStandAtThePlaceOfTheirRecord) {
  const std::vector<Record> records = Unpacked(Packed().value);

  for (const Record& record : records) {
    EXPECT_EQ(record.topic, "commands");
    EXPECT_EQ(record.partition, 3);
    EXPECT_EQ(record.offset, 42);
    EXPECT_EQ(record.count, 2);
    EXPECT_FALSE(IsPacked(record));
  }
  EXPECT_EQ(records.at(0).index, 0);
  EXPECT_FALSE(EndsItsOffset(records.at(0)));
  EXPECT_EQ(records.at(1).index, 1);
  EXPECT_TRUE(EndsItsOffset(records.at(1)));
}

TEST(PackedMessages, APackerBeginsAnewAfterEachRecord) {
  MessagePacker packer("/test");
  packer.Add(kSecond);
  packer.Add(kSecond);
  (void)packer.Take("commands");
  packer.Add(kFirst);

  const std::vector<Record> records = Unpacked(packer.Take("commands").value);

  ASSERT_THAT(records, SizeIs(1));
  EXPECT_EQ(records[0].headers.at("ce_id"), "id-1");
  EXPECT_EQ(records[0].headers.Find("sequence"), nullptr);
  EXPECT_EQ(records[0].headers.at("ce_source"), "/test");
}

TEST(PackedMessages, AValueThatWasCutOffIsRefusedWhereverThatWas) {
  const std::string value = Packed().value;

  for (size_t size = 0; size < value.size(); ++size) {
    EXPECT_THAT(Unpacked(value.substr(0, size)), IsEmpty()) << size << " of " << value.size();
  }
}

TEST(PackedMessages, OtherBytesAreRefused) {
  EXPECT_THAT(Unpacked("\xff\xfe poison"), IsEmpty());
  v1::PackedMessages none;
  none.set_source("/test");
  EXPECT_THAT(Unpacked(none.SerializeAsString()), IsEmpty());
  v1::PackedMessages too_many;
  for (int i = 0; i <= kPackedMessagesMax; ++i) {
    too_many.add_messages();
  }
  too_many.set_message_count(static_cast<uint32_t>(too_many.messages_size()));
  EXPECT_THAT(Unpacked(too_many.SerializeAsString()), IsEmpty());
}

TEST(PackedMessages, OnlyTheContentTypeTellsAPackedRecord) {
  Record record = Packed();
  record.headers = {{kHeaderContentType, "application/protobuf"}};
  EXPECT_FALSE(IsPacked(record));
  record.headers = {};
  EXPECT_FALSE(IsPacked(record));
}

}  // namespace
}  // namespace orderflow::messaging
