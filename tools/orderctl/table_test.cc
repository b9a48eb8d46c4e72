// Proves what people and pipes see: aligned columns without trailing blanks, colour only when asked
// for, and a sentence instead of an empty table.
#include "tools/orderctl/table.h"

#include "gtest/gtest.h"

namespace orderflow::orderctl {
namespace {

Table TwoOrders() {
  Table table({"ORDER", "STATE", "TOTAL"});
  table.AddRow({"a", "CONFIRMED", "1.00 EUR"});
  table.AddRow({"long-name", "PENDING", ""});
  return table;
}

TEST(Table, AlignsColumnsWithoutTrailingBlanks) {
  EXPECT_EQ(TwoOrders().Render(Terminal(false), "no orders"),
            "ORDER      STATE      TOTAL\n"
            "a          CONFIRMED  1.00 EUR\n"
            "long-name  PENDING    -\n");
}

TEST(Table, ColoursStatesOnATerminal) {
  const std::string text = TwoOrders().Render(Terminal(true), "no orders");

  EXPECT_NE(text.find("\x1b[32mCONFIRMED\x1b[0m  "), std::string::npos);
  EXPECT_NE(text.find("PENDING  "), std::string::npos);
}

TEST(Table, SaysThatThereIsNothing) {
  EXPECT_EQ(Table({"ORDER"}).Render(Terminal(false), "no orders"), "no orders\n");
}

}  // namespace
}  // namespace orderflow::orderctl
