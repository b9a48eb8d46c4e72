// Proves that every kind of parameter is encoded as PostgreSQL's binary array form wants it: sizes,
// types, NULLs, bytes and times. The round trip through a real server is in
// tests/integration/postgres.
#include "libs/postgres/params.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_replace.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::postgres {
namespace {

using ::testing::ElementsAre;

MATCHER_P(IsText, value, "") {
  return arg.value == std::optional<std::string>(value) && arg.binary_type == 0;
}
MATCHER(IsNull, "") { return !arg.value; }

// An array of `type` whose bytes are those of `hex`.
MATCHER_P2(IsArray, type, hex, "") {
  *result_listener << absl::BytesToHexString(arg.value.value_or("no value"));
  return arg.binary_type == static_cast<uint32_t>(type) &&
         absl::BytesToHexString(arg.value.value_or("")) == absl::StrReplaceAll(hex, {{" ", ""}});
}

TEST(Params, SingleValuesAreTextInOrder) {
  const Params params = Params().Text("a").Int(-7).TextOrNull("").TextOrNull("x");

  EXPECT_THAT(params.values(), ElementsAre(IsText("a"), IsText("-7"), IsNull(), IsText("x")));
}

TEST(Params, ArraysHaveDimensionTypeLengthAndElements) {
  const Params params = Params().TextArray(std::vector<std::string>{"a,b", ""});

  EXPECT_THAT(params.values(), ElementsAre(IsArray(1009,
                                                   "00000001 00000001 00000019 00000002 00000001 "
                                                   "00000003 612c62 00000000")));
}

TEST(Params, AnEmptyArrayHasNoDimension) {
  const Params params = Params().TextArray({}).IntArray({});

  EXPECT_THAT(params.values(), ElementsAre(IsArray(1009, "00000000 00000001 00000019"),
                                           IsArray(1016, "00000000 00000001 00000014")));
}

TEST(Params, EmptyElementsOfOptionalArraysAreNull) {
  const std::vector<std::string> texts = {"", "x"};
  const std::vector<std::optional<Timestamp>> times = {
      std::nullopt, Timestamp(std::chrono::sys_days(std::chrono::January / 1 / 2000)) +
                        std::chrono::microseconds(258)};

  const Params params = Params().TextOrNullArray(texts).TimeOrNullArray(times);

  EXPECT_THAT(params.values(), ElementsAre(IsArray(1009,
                                                   "00000001 00000001 00000019 00000002 00000001 "
                                                   "ffffffff 00000001 78"),
                                           IsArray(1185,
                                                   "00000001 00000001 000004a0 00000002 00000001 "
                                                   "ffffffff 00000008 0000000000000102")));
}

TEST(Params, NumbersBoolsAndTimesBeforeTheEpoch) {
  const std::vector<int64_t> numbers = {INT64_MIN};
  const std::vector<Timestamp> times = {
      Timestamp(std::chrono::sys_days(std::chrono::January / 1 / 2000)) -
      std::chrono::microseconds(1)};

  const Params params = Params().IntArray(numbers).BoolArray({true, false}).TimeArray(times);

  EXPECT_THAT(
      params.values(),
      ElementsAre(
          IsArray(1016, "00000001 00000001 00000014 00000001 00000001 00000008 8000000000000000"),
          IsArray(1000, "00000001 00000001 00000010 00000002 00000001 00000001 01 00000001 00"),
          IsArray(1185,
                  "00000001 00000001 000004a0 00000001 00000001 00000008 "
                  "ffffffffffffffff")));
}

TEST(Params, BytesMayHoldZeros) {
  const std::vector<std::string> values = {std::string("\x00\x0a", 2)};

  EXPECT_THAT(
      Params().BytesArray(values).values(),
      ElementsAre(IsArray(1001, "00000001 00000001 00000011 00000001 00000001 00000002 000a")));
}

TEST(Params, UuidsAreSixteenBytesInEitherCase) {
  const std::vector<std::string> ids = {"01a20e43-3bc5-70B7-b022-95910E94137b", ""};

  const Params params = Params().UuidOrNullArray(ids);

  EXPECT_THAT(params.values(), ElementsAre(IsArray(2951,
                                                   "00000001 00000001 00000b86 00000002 00000001 "
                                                   "00000010 01a20e433bc570b7b02295910e94137b "
                                                   "ffffffff")));
}

TEST(Params, AZeroByteInTextIsRefused) {
  const std::vector<std::string> texts = {"a", std::string("b\0c", 3)};

  EXPECT_THAT(
      Params().TextArray(texts).status(),
      orderflow::testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                   ::testing::HasSubstr("parameter 1 contains a zero byte")));
  EXPECT_FALSE(Params().TextOrNullArray(texts).status().ok());
}

TEST(Params, WhatIsNotAUuidIsNamed) {
  const std::vector<std::string> ids = {"01a20e43-3bc5-70b7-b022-95910e94137b", "order 7"};

  const Params params = Params().Text("a").UuidArray(ids);

  EXPECT_THAT(params.status(),
              orderflow::testing::StatusIs(absl::StatusCode::kInvalidArgument,
                                           "parameter 2 holds \"order 7\", which is not a UUID"));
  EXPECT_FALSE(Params().UuidArray(std::vector<std::string>{""}).status().ok());
}

TEST(FormatTimestamp, WorksBeforeTheEpoch) {
  EXPECT_EQ(FormatTimestamp(Timestamp(std::chrono::microseconds(-1))),
            "1969-12-31 23:59:59.999999+00");
}

}  // namespace
}  // namespace orderflow::postgres
