// Proves that every kind of parameter is encoded so that PostgreSQL reads back the same value: text
// that looks like array syntax, NULLs, bytes and times. The round trip through a real server is in
// tests/integration/postgres.
#include "libs/postgres/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace orderflow::postgres {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

constexpr Timestamp kTime{
    std::chrono::microseconds(1795528440'000042)};  // 2026-11-24 13:54:00.000042

TEST(Params, EncodesSingleValuesInOrder) {
  Params params;

  params.Text("a").Int(-7).TextOrNull("").TextOrNull("x");

  EXPECT_THAT(params.values(), ElementsAre(Optional(std::string("a")), Optional(std::string("-7")),
                                           std::nullopt, Optional(std::string("x"))));
}

TEST(Params, TextArrayQuotesWhatWouldBeSyntax) {
  const std::vector<std::string> values = {"",           "NULL",        "a,b",        "{}",
                                           "say \"hi\"", "back\\slash", "line\nbreak"};

  const Params params = Params().TextArray(values);

  EXPECT_THAT(
      params.values(),
      ElementsAre(Optional(std::string(R"({"","NULL","a,b","{}","say \"hi\"","back\\slash",)"
                                       "\"line\nbreak\"}"))));
}

TEST(Params, EmptyArrayIsAnEmptyLiteral) {
  const Params params = Params().TextArray({}).IntArray({});

  EXPECT_THAT(params.values(),
              ElementsAre(Optional(std::string("{}")), Optional(std::string("{}"))));
}

TEST(Params, EmptyElementsOfOptionalArraysAreNull) {
  const std::vector<std::string> texts = {"", "x"};
  const std::vector<std::optional<Timestamp>> times = {std::nullopt, kTime};

  const Params params = Params().TextOrNullArray(texts).TimeOrNullArray(times);

  EXPECT_THAT(params.values(),
              ElementsAre(Optional(std::string(R"({NULL,"x"})")),
                          Optional(std::string(R"({NULL,"2026-11-24 13:54:00.000042+00"})"))));
}

TEST(Params, NumbersAndBoolsNeedNoQuotes) {
  const std::vector<int64_t> numbers = {INT64_MIN, 0, INT64_MAX};

  const Params params = Params().IntArray(numbers).BoolArray({true, false});

  EXPECT_THAT(params.values(),
              ElementsAre(Optional(std::string("{-9223372036854775808,0,9223372036854775807}")),
                          Optional(std::string("{t,f}"))));
}

TEST(Params, BytesInArraysEscapeTheirBackslash) {
  const std::vector<std::string> values = {std::string("\x00\x0a", 2), ""};

  const Params params = Params().BytesArray(values);

  EXPECT_THAT(params.values(), ElementsAre(Optional(std::string(R"({"\\x000a","\\x"})"))));
}

TEST(FormatTimestamp, WorksBeforeTheEpoch) {
  EXPECT_EQ(FormatTimestamp(Timestamp(std::chrono::microseconds(-1))),
            "1969-12-31 23:59:59.999999+00");
}

}  // namespace
}  // namespace orderflow::postgres
