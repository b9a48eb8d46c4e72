// Proves that a page token leads back to its key only for the filter it was made for, and that page
// sizes are bounded.
#include "libs/rpc/page_token.h"

#include <gtest/gtest.h>

namespace orderflow::rpc {
namespace {

TEST(PageToken, LeadsBackToItsKey) {
  FieldViolations violations;

  EXPECT_EQ(DecodePageToken(EncodePageToken("018f-key", "status=1"), "status=1", violations),
            "018f-key");

  EXPECT_TRUE(violations.empty());
}

TEST(PageToken, IsEmptyForTheFirstPage) {
  FieldViolations violations;

  EXPECT_EQ(DecodePageToken("", "status=1", violations), "");

  EXPECT_TRUE(violations.empty());
}

TEST(PageToken, RefusesTokensOfAnotherFilterOrMadeByHand) {
  std::string tampered = EncodePageToken("018f-key", "status=1");
  tampered[tampered.size() / 2] = tampered[tampered.size() / 2] == 'A' ? 'B' : 'A';
  const std::string other_filter = EncodePageToken("018f-key", "status=2");
  // Without the size of the key in the checksum, "ab" + "c" and "a" + "bc" would be the same.
  const std::string shifted = EncodePageToken("018f-keys", "tatus=1");

  for (const std::string& token : {tampered, other_filter, shifted, std::string("018f-key"),
                                   std::string("!!!"), EncodePageToken("", "status=1")}) {
    FieldViolations violations;
    EXPECT_EQ(DecodePageToken(token, "status=1", violations), "") << token;
    ASSERT_EQ(violations.list().size(), 1u) << token;
    EXPECT_EQ(violations.list()[0].field, "page_token");
  }
}

TEST(PageToken, SurvivesAnyBytesInTheKey) {
  const std::string key("\0\xff/+=\n", 6);
  FieldViolations violations;

  const std::string token = EncodePageToken(key, "");

  EXPECT_EQ(
      token.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="),
      std::string::npos);
  EXPECT_EQ(DecodePageToken(token, "", violations), key);
}

TEST(PageToken, OfUuidsHoldsAUuid) {
  const std::string id = "019b76da-a800-7000-8000-000000000002";
  for (const auto& [key, field] : {std::pair(id, ""), std::pair(id + "0", "page_token"),
                                   std::pair(std::string("\0", 1), "page_token")}) {
    FieldViolations violations;

    const std::string read = DecodeUuidPageToken(EncodePageToken(key, "f"), "f", violations);

    EXPECT_EQ(read, *field == '\0' ? key : "");
    EXPECT_EQ(violations.empty() ? "" : violations.list()[0].field, field);
  }
  FieldViolations violations;
  EXPECT_EQ(DecodeUuidPageToken("", "f", violations), "");
  EXPECT_TRUE(violations.empty());
}

TEST(PageSize, IsBounded) {
  FieldViolations violations;

  EXPECT_EQ(PageSize(0, violations), kPageSizeDefault);
  EXPECT_EQ(PageSize(7, violations), 7);
  EXPECT_EQ(PageSize(kPageSizeMax + 1, violations), kPageSizeMax);
  EXPECT_TRUE(violations.empty());

  PageSize(-1, violations);
  ASSERT_EQ(violations.list().size(), 1u);
  EXPECT_EQ(violations.list()[0].field, "page_size");
}

}  // namespace
}  // namespace orderflow::rpc
