// Proves that text from the server becomes the value it stands for, that times survive encoding and
// decoding to the microsecond, and that text of another type aborts instead of giving a wrong
// value.
#include "libs/postgres/text_decoding.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/postgres/params.h"

namespace orderflow::postgres {
namespace {

TEST(TextDecoding, ReadsNumbersToTheirLimits) {
  EXPECT_EQ(ParseInt("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(ParseInt("9223372036854775807"), INT64_MAX);
  EXPECT_DOUBLE_EQ(ParseDouble("0.25"), 0.25);
}

TEST(TextDecoding, ReadsBooleans) {
  EXPECT_TRUE(ParseBool("t"));
  EXPECT_FALSE(ParseBool("f"));
}

TEST(TextDecoding, ReadsBytes) {
  EXPECT_EQ(ParseBytes("\\x00ff0a"), std::string("\x00\xff\x0a", 3));
  EXPECT_EQ(ParseBytes("\\x"), "");
}

TEST(TextDecoding, TimesSurviveARoundTrip) {
  for (const int64_t micros :
       {int64_t{0}, int64_t{-1}, int64_t{1795528440'000042}, int64_t{951782400'100000}}) {
    const Timestamp time{std::chrono::microseconds(micros)};

    EXPECT_EQ(ParseTimestamp(FormatTimestamp(time)), time) << FormatTimestamp(time);
  }
}

TEST(TextDecoding, ReadsTimesWithShortenedFractions) {
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01+00").time_since_epoch().count(), 1'000'000);
  EXPECT_EQ(ParseTimestamp("1970-01-01 00:00:01.5+00").time_since_epoch().count(), 1'500'000);
}

TEST(TextDecodingDeathTest, AbortsOnAnotherType) {
  EXPECT_DEATH(ParseInt("12x"), "not a number");
  EXPECT_DEATH(ParseInt(""), "not a number");
  EXPECT_DEATH(ParseBool("true"), "not a boolean");
  EXPECT_DEATH(ParseBytes("abc"), "not a bytea");
  EXPECT_DEATH(ParseTimestamp("2026-11-24 13:54:00+01"), "not a timestamptz");
  EXPECT_DEATH(ParseTimestamp("infinity"), "not a timestamptz");
}

}  // namespace
}  // namespace orderflow::postgres
