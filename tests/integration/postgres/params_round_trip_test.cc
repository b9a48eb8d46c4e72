// Proves that PostgreSQL reads back every kind of parameter exactly as it was given, single and in
// arrays, and that rows give the same values to the program.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libs/postgres/pool.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::postgres {
namespace {

constexpr Timestamp kTime{std::chrono::microseconds(1795528440'000042)};

const std::vector<std::string> kTexts = {"",
                                         "NULL",
                                         "a,b",
                                         "{\"x\"}",
                                         "quote\"s",
                                         "back\\slash\\",
                                         "tab\tnew\nline",
                                         "ümläut €",
                                         "'; DROP TABLE t; --",
                                         " spaces "};

class ParamsRoundTrip : public ::testing::Test {
 protected:
  ParamsRoundTrip() : database_({}), pool_(database_.PoolOptions()) {}

  Rows Select(const Statement& statement, const Params& params) {
    std::optional<Rows> rows;
    EXPECT_THAT(pool_.RunInTransaction([&](Transaction& transaction) -> absl::Status {
      ASSIGN_OR_RETURN(rows, transaction.Execute(statement, params));
      return absl::OkStatus();
    }),
                orderflow::testing::IsOk());
    return *rows;
  }

  orderflow::testing::TemporaryDatabase database_;
  Pool pool_;
};

TEST_F(ParamsRoundTrip, SingleValues) {
  const Rows rows = Select({"single", "SELECT $1::text, $2::bigint, $3::text"},
                           Params().Text("a\\'\"").Int(INT64_MIN).TextOrNull(""));

  ASSERT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].Text(0), "a\\'\"");
  EXPECT_EQ(rows[0].Int(1), INT64_MIN);
  EXPECT_TRUE(rows[0].IsNull(2));
}

TEST_F(ParamsRoundTrip, TextArrays) {
  const Rows rows = Select({"texts", "SELECT * FROM unnest($1::text[]) WITH ORDINALITY"},
                           Params().TextArray(kTexts));

  ASSERT_EQ(rows.size(), static_cast<int>(kTexts.size()));
  for (size_t i = 0; i < kTexts.size(); ++i) {
    EXPECT_FALSE(rows[static_cast<int>(i)].IsNull(0)) << i;
    EXPECT_EQ(rows[static_cast<int>(i)].Text(0), kTexts[i]) << i;
  }
}

TEST_F(ParamsRoundTrip, ColumnsOfEveryTypeStayInStep) {
  const std::vector<std::string> texts = {"a", ""};
  const std::vector<int64_t> numbers = {1, INT64_MAX};
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) {
    every_byte += static_cast<char>(byte);
  }
  const std::vector<std::string> bytes = {every_byte, ""};
  const std::vector<Timestamp> times = {kTime, Timestamp()};
  const std::vector<std::optional<Timestamp>> optional_times = {std::nullopt, kTime};
  Params params;
  params.TextOrNullArray(texts).IntArray(numbers).BoolArray({false, true}).BytesArray(bytes);
  params.TimeArray(times).TimeOrNullArray(optional_times);

  const Rows rows =
      Select({"columns",
              "SELECT * FROM unnest($1::text[], $2::bigint[], $3::boolean[], $4::bytea[], "
              "$5::timestamptz[], $6::timestamptz[])"},
             params);

  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].Text(0), "a");
  EXPECT_TRUE(rows[1].IsNull(0));
  EXPECT_EQ(rows[1].Int(1), INT64_MAX);
  EXPECT_FALSE(rows[0].Bool(2));
  EXPECT_TRUE(rows[1].Bool(2));
  EXPECT_EQ(rows[0].Bytes(3), every_byte);
  EXPECT_EQ(rows[1].Bytes(3), "");
  EXPECT_EQ(rows[0].Time(4), kTime);
  EXPECT_EQ(rows[0].OptionalTime(5), std::nullopt);
  EXPECT_EQ(rows[1].OptionalTime(5), kTime);
}

TEST_F(ParamsRoundTrip, Uuids) {
  const std::vector<std::string> ids = {"01a20e43-3bc5-70b7-b022-95910e94137b",
                                        "FFFFFFFF-0000-ffff-0000-0123456789AB"};
  const std::vector<std::string> optional_ids = {"", ids[0]};

  const Rows rows =
      Select({"uuids", "SELECT a::text, b::text FROM unnest($1::uuid[], $2::uuid[]) AS u(a, b)"},
             Params().UuidArray(ids).UuidOrNullArray(optional_ids));

  ASSERT_EQ(rows.size(), 2);
  EXPECT_EQ(rows[0].Text(0), ids[0]);
  EXPECT_EQ(rows[1].Text(0), "ffffffff-0000-ffff-0000-0123456789ab");
  EXPECT_TRUE(rows[0].IsNull(1));
  EXPECT_EQ(rows[1].Text(1), ids[0]);
}

TEST_F(ParamsRoundTrip, EmptyArraysGiveNoRows) {
  EXPECT_TRUE(
      Select({"empty", "SELECT * FROM unnest($1::uuid[])"}, Params().UuidArray({})).empty());
  EXPECT_TRUE(Select({"none", "SELECT * FROM unnest($1::text[])"}, Params().TextArray({})).empty());
}

}  // namespace
}  // namespace orderflow::postgres
