// Proves that what a record says of its trace is taken only when it is a traceparent: it is stored
// and sent on.
#include "libs/messaging/record_trace.h"

#include <gtest/gtest.h>

#include <string>

namespace orderflow::messaging {
namespace {

constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

std::string TraceOfARecordThatSays(const std::string& traceparent) {
  Record record;
  record.headers.Add(kHeaderTraceparent, traceparent);
  return std::string(TraceparentOf(record));
}

TEST(TraceparentOf, TakesTheHeader) {
  EXPECT_EQ(TraceOfARecordThatSays(kTraceparent), kTraceparent);
  EXPECT_EQ(TraceparentOf(Record()), "");
}

TEST(TraceparentOf, IsTheRecordsOwnSpanOnceThereIsOne) {
  Record record;
  record.headers.Add(kHeaderTraceparent, kTraceparent);
  record.span = "00-0af7651916cd43dd8448eb211c80319c-1111111111111111-01";

  EXPECT_EQ(TraceparentOf(record), record.span);
}

TEST(TraceparentOf, TakesNothingThatIsNone) {
  EXPECT_EQ(TraceOfARecordThatSays(""), "");
  EXPECT_EQ(TraceOfARecordThatSays("garbage"), "");
  EXPECT_EQ(TraceOfARecordThatSays(std::string(60, '\0')), "");
  EXPECT_EQ(TraceOfARecordThatSays(std::string(kTraceparent) + "\xff"), "");
}

TEST(TraceparentOf, TakesOfALaterVersionWhatIsKnown) {
  const std::string later = "cc" + std::string(kTraceparent).substr(2);

  EXPECT_EQ(TraceOfARecordThatSays(later + "-" + std::string("\0\xff", 2)), later);
}

}  // namespace
}  // namespace orderflow::messaging
