// Proves how dead letters are named and shown, and in which order they are redriven.
#include "tools/orderctl/dead_letter_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::orderctl {
namespace {

using order::v1::DeadLetter;
using ::testing::HasSubstr;
using ::testing::Not;

DeadLetter ALetter() {
  DeadLetter letter;
  letter.mutable_id()->set_topic("order.events.dlq");
  letter.mutable_id()->set_partition(3);
  letter.mutable_id()->set_offset(17);
  letter.set_state(order::v1::DEAD_LETTER_STATE_OPEN);
  letter.set_original_topic("order.events");
  letter.set_original_partition(3);
  letter.set_original_offset(77);
  letter.set_first_offset(77);
  letter.set_key("o-1");
  letter.set_message_type("orderflow.order.v1.OrderEvent");
  letter.set_reason("INVALID_ARGUMENT: no");
  letter.set_value_json("{\"order_id\":\"o-1\"}");
  return letter;
}

order::v1::DeadLetterAction AnAction() {
  order::v1::DeadLetterAction action;
  *action.mutable_id() = ALetter().id();
  action.set_key("o-1");
  action.mutable_settlement()->set_kind(order::v1::DEAD_LETTER_ACTION_KIND_REDRIVE);
  action.mutable_settlement()->set_actor("ann");
  action.set_sent_topic("order.events");
  return action;
}

TEST(DeadLetterName, IsWrittenAndRead) {
  const auto id = ParseDeadLetterName("order.events.dlq/3/17");

  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(DeadLetterName(*id), "order.events.dlq/3/17");
  for (const char* name : {"", "order.events.dlq", "a/1", "/1/2", "a/x/2", "a/1/", "a/1/2/3"}) {
    EXPECT_FALSE(ParseDeadLetterName(name)) << name;
  }
}

TEST(DeadLetterText, ShowsWhereItCameFromAndItsValue) {
  const std::string text = DeadLetterText(ALetter(), Terminal(false));

  EXPECT_THAT(text, HasSubstr("dead letter order.events.dlq/3/17"));
  EXPECT_THAT(text, HasSubstr("came from   order.events/3 at offset 77"));
  EXPECT_THAT(text, HasSubstr("reason      INVALID_ARGUMENT: no"));
  EXPECT_THAT(text, HasSubstr("value       {\"order_id\":\"o-1\"}"));
  EXPECT_THAT(text, Not(HasSubstr("first came")));
}

TEST(DeadLetterText, SaysWhatIsSpecialAboutIt) {
  DeadLetter letter = ALetter();
  letter.set_state(order::v1::DEAD_LETTER_STATE_REDRIVEN);
  letter.set_first_offset(5);
  letter.clear_value_json();
  letter.set_value_hex("fffe");
  letter.set_value_size(2);
  *letter.mutable_action() = AnAction();

  const std::string text = DeadLetterText(letter, Terminal(false));

  EXPECT_THAT(text, HasSubstr("first came  at offset 5"));
  EXPECT_THAT(text, HasSubstr("2 bytes, not decoded, beginning with 0xfffe"));
  EXPECT_THAT(text, HasSubstr("done        REDRIVE by ann"));
}

TEST(DeadLettersText, IsATable) {
  order::v1::ListDeadLettersResponse page;
  *page.add_dead_letters() = ALetter();
  page.mutable_dead_letters(0)->set_reason(std::string(500, 'x'));

  const std::string text = DeadLettersText(page, Terminal(false));

  EXPECT_THAT(text, HasSubstr("order.events.dlq/3/17"));
  EXPECT_THAT(text, Not(HasSubstr(std::string(100, 'x')))) << "show has the whole reason";
  EXPECT_EQ(DeadLettersText({}, Terminal(false)), "no dead letters\n");
}

TEST(DeadLetterResultsText, SaysWhatIsSentAndWhatWasRefused) {
  order::v1::BatchSettleDeadLettersResponse batch;
  *batch.add_results()->mutable_id() = ALetter().id();
  *batch.mutable_results(0)->mutable_action() = AnAction();
  *batch.add_results()->mutable_id() = ALetter().id();
  batch.mutable_results(1)->mutable_error()->set_message("nobody waits for it");

  EXPECT_EQ(DeadLetterResultsText(batch),
            "order.events.dlq/3/17 REDRIVE is done, sends key o-1 to order.events\n"
            "order.events.dlq/3/17 refused: nobody waits for it\n");
  batch.mutable_results(0)->mutable_action()->mutable_settlement()->set_validate_only(true);
  batch.mutable_results(0)->mutable_action()->clear_sent_topic();
  EXPECT_THAT(DeadLetterResultsText(batch),
              HasSubstr("REDRIVE is possible; nothing was done, sends nothing\n"));
}

TEST(SortByFirstOffset, BringsRecordsIntoTheOrderInWhichTheyFirstCame) {
  DeadLetter late = ALetter(), early = ALetter(), elsewhere = ALetter();
  late.set_first_offset(80);
  late.mutable_id()->set_offset(1);
  early.set_first_offset(70);
  early.mutable_id()->set_offset(2);
  elsewhere.set_original_partition(1);
  elsewhere.set_first_offset(90);
  std::vector<DeadLetter> letters = {late, early, elsewhere};

  SortByFirstOffset(letters);

  EXPECT_EQ(letters[0].first_offset(), 90);
  EXPECT_EQ(letters[1].first_offset(), 70);
  EXPECT_EQ(letters[2].first_offset(), 80);
}

}  // namespace
}  // namespace orderflow::orderctl
