// Proves that the record of an action is read back as it was written, whatever bytes a record's
// headers hold.
#include "services/order/persistence/dead_letter_action_codec.h"

#include <gtest/gtest.h>

#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using testing::IsOk;
using testing::StatusIs;

TEST(DeadLetterActionCodec, ReadsALetterBack) {
  DeadLetter letter;
  letter.original_topic = "order.events";
  letter.original_partition = 3;
  letter.original_offset = 500;
  letter.first_offset = 77;
  letter.message_id = "m-1";
  letter.type = "orderflow.order.v1.OrderEvent";
  letter.reason = "\"no\"";
  letter.headers = {{"ce_id", "x"}, {"sequence", "4"}};

  const auto read = DecodeLetter(EncodeLetter(letter));

  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->original_topic, letter.original_topic);
  EXPECT_EQ(read->original_partition, letter.original_partition);
  EXPECT_EQ(read->original_offset, letter.original_offset);
  EXPECT_EQ(read->first_offset, letter.first_offset);
  EXPECT_EQ(read->message_id, letter.message_id);
  EXPECT_EQ(read->type, letter.type);
  EXPECT_EQ(read->reason, letter.reason);
  EXPECT_EQ(read->headers, letter.headers);
}

TEST(DeadLetterActionCodec, FindsTheMessageIdOfAnOldRowAmongItsHeaders) {
  const auto read = DecodeLetter(
      R"({"original_topic":"order.events","original_partition":3,"original_offset":500,)"
      R"("first_offset":77,"type":"","reason":"","headers":[["a","b"],["ce_id","x"]]})");

  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(read->message_id, "x");
}

TEST(DeadLetterActionCodec, ReadsWhatWasSentBack) {
  const SentMessage sent{"order.events", {{"b", "1"}, {"a", "2"}}};

  EXPECT_EQ(DecodeSent(EncodeSent(sent)).value(), sent);
  EXPECT_EQ(DecodeSent(EncodeSent({})).value(), SentMessage());
}

TEST(DeadLetterActionCodec, StoresHeadersThatAreNotText) {
  EXPECT_THAT(DecodeSent(EncodeSent({"t", {{"\xff", "\xc3"}}})), IsOk());
}

TEST(DeadLetterActionCodec, RefusesWhatNoVersionWrote) {
  for (const char* json : {"", "[]", "{}", "{\"topic\":1,\"headers\":[]}"}) {
    EXPECT_THAT(DecodeLetter(json), StatusIs(absl::StatusCode::kInternal)) << json;
    EXPECT_THAT(DecodeSent(json), StatusIs(absl::StatusCode::kInternal)) << json;
  }
}

}  // namespace
}  // namespace orderflow::order
