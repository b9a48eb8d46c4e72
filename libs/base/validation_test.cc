// Proves each check by a table of texts that pass and texts that do not, at both sides of each
// limit.

#include "libs/base/validation.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "libs/base/errors.h"

namespace orderflow {
namespace {

TEST(IsName, AcceptsTheAllowedCharactersUpTo64) {
  for (const std::string& text :
       {std::string("a"), std::string("A-b_c.9"), std::string("-"), std::string(64, 'x')}) {
    EXPECT_TRUE(IsName(text)) << text;
  }
}

TEST(IsName, RefusesEverythingElse) {
  for (const std::string& text :
       {std::string(), std::string(65, 'x'), std::string("a b"), std::string("a/b"),
        std::string("caf\xc3\xa9"), std::string("a\n"), std::string("a\0", 2), std::string("a'b"),
        std::string("a%")}) {
    EXPECT_FALSE(IsName(text)) << text;
  }
}

TEST(IsEmail, AcceptsUsualAddresses) {
  const std::string domain_of_189 = std::string(185, 'd') + ".com";
  for (const std::string& text :
       {std::string("a@b.co"), std::string("first.last+tag@mail.example.com"),
        std::string("o'brien@example.org"), std::string("a@1.2"),
        std::string(64, 'x') + "@" + domain_of_189}) {
    EXPECT_TRUE(IsEmail(text)) << text;
  }
}

TEST(IsEmail, RefusesWhatIsNoAddressOrTooLong) {
  const std::string domain_of_190 = std::string(186, 'd') + ".com";
  for (const std::string& text :
       {std::string(), std::string("@"), std::string("a"), std::string("a@"), std::string("@b.co"),
        std::string("a@b"), std::string("a@.co"), std::string("a@b."), std::string("a@b..co"),
        std::string("a b@c.de"), std::string("a@b c.de"), std::string("a@@b.co"),
        std::string("a<x>@b.co"), std::string("\"a\"@b.co"), std::string("a@b.co\r\nBcc: x@y.zz"),
        std::string("a\n@b.co"), std::string("\xc3\xa4@b.co"), std::string(65, 'x') + "@b.co",
        std::string(64, 'x') + "@" + domain_of_190}) {
    EXPECT_FALSE(IsEmail(text)) << text;
  }
}

TEST(IsText, AcceptsPrintableUtf8UpToItsSize) {
  EXPECT_TRUE(IsText("", 0));
  EXPECT_TRUE(IsText("abc", 3));
  EXPECT_TRUE(
      IsText("caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x8d\x8e", 100));  // 2, 3 and 4 byte characters
  EXPECT_TRUE(IsText("\xf4\x8f\xbf\xbf", 4));                     // U+10FFFF, the last one
  EXPECT_FALSE(IsText("abcd", 3));
  EXPECT_FALSE(IsText("\xc3\xa9", 1));  // the limit is in bytes
}

TEST(IsText, RefusesControlCharacters) {
  for (const std::string& text : {std::string("a\nb"), std::string("\t"), std::string("a\0b", 3),
                                  std::string("\x1b[31m"), std::string("\x7f")}) {
    EXPECT_FALSE(IsText(text, 100)) << text;
  }
}

TEST(IsText, RefusesMalformedUtf8) {
  const std::vector<std::string> malformed{
      "\x80",              // a tail alone
      "\xc3",              // cut
      "\xc3(",             // tail missing
      "\xc0\xaf",          // overlong
      "\xe0\x80\xaf",      // overlong
      "\xf0\x80\x80\xaf",  // overlong
      "\xe2\x82",          // cut
      "\xed\xa0\x80",      // surrogate
      "\xf4\x90\x80\x80",  // beyond U+10FFFF
      "\xf5\x80\x80\x80",  // no such lead
      "\xff",
  };

  for (const std::string& text : malformed) {
    EXPECT_FALSE(IsText(text, 100)) << testing::PrintToString(text);
  }
}

TEST(LooksLikeCardNumber, FindsWellKnownTestNumbers) {
  for (const char* text :
       {"4111111111111111", "4111 1111 1111 1111", "4111-1111-1111-1111", "378282246310005",
        "6011111111111117", "4222222222222", "my card is 5555555555554444, thanks",
        "x4111111111111111y 1", "4111 1111 1111 1111 12/29", "12-29 4111 1111 1111 1111"}) {
    EXPECT_TRUE(LooksLikeCardNumber(text)) << text;
  }
}

TEST(LooksLikeCardNumber, LetsOtherNumbersPass) {
  for (const char* text :
       {"", "4111111111111112", "411111111111", "tok_approve", "order 12345",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398f", "+49 30 1234567", "2026-01-02T03:04:05"}) {
    EXPECT_FALSE(LooksLikeCardNumber(text)) << text;
  }
}

TEST(CheckActorAndReason, NameTheFieldThatIsNotAsRequired) {
  FieldViolations none;
  CheckActor("ann", "repair.actor", none);
  CheckReason("ticket 7", "repair.reason", none);
  FieldViolations violations;
  CheckActor("", "repair.actor", violations);
  CheckActor(std::string(101, 'a'), "repair.actor", violations);
  CheckReason("card 4111111111111111", "repair.reason", violations);

  EXPECT_TRUE(none.empty());
  ASSERT_EQ(violations.list().size(), 3u);
  EXPECT_EQ(violations.list()[0].field, "repair.actor");
  EXPECT_EQ(violations.list()[1].description, "must be 1 to 100 printable characters");
  EXPECT_EQ(violations.list()[2].description, "must not hold a card number");
}

}  // namespace
}  // namespace orderflow
