// Proves that a person can read a message and sees neither addresses nor tokens.
#include "services/order/grpc/message_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "orderflow/order/v1/order_events.pb.h"
#include "orderflow/order/v1/order_service.pb.h"
#include "orderflow/payment/v1/payment_commands.pb.h"

namespace orderflow::order {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(MessageToMaskedJson, ShowsAnEventWithoutTheAddress) {
  v1::OrderEvent event;
  event.set_order_id("o-1");
  event.set_sequence(2);
  event.set_email("ada@example.com");
  event.mutable_order_confirmed();

  const auto json = MessageToMaskedJson("orderflow.order.v1.OrderEvent", event.SerializeAsString());

  ASSERT_TRUE(json.has_value());
  EXPECT_THAT(*json, HasSubstr("\"order_id\":\"o-1\""));
  EXPECT_THAT(*json, HasSubstr("order_confirmed"));
  EXPECT_THAT(*json, HasSubstr("\"email\":\"***\""));
  EXPECT_THAT(*json, Not(HasSubstr("ada")));
}

TEST(MessageToMaskedJson, MasksWhatIsInside) {
  payment::v1::PaymentCommand command;
  command.mutable_step()->set_order_id("o-1");
  command.mutable_authorize_payment()->set_payment_method_token("tok_secret");

  const auto json =
      MessageToMaskedJson("orderflow.payment.v1.PaymentCommand", command.SerializeAsString());

  ASSERT_TRUE(json.has_value());
  EXPECT_THAT(*json, HasSubstr("\"payment_method_token\":\"***\""));
  EXPECT_THAT(*json, Not(HasSubstr("secret")));
}

TEST(MessageToMaskedJson, HasNothingForWhatItCannotRead) {
  EXPECT_FALSE(MessageToMaskedJson("", "x"));
  EXPECT_FALSE(MessageToMaskedJson("orderflow.Unheard", "x"));
  EXPECT_FALSE(MessageToMaskedJson("orderflow.order.v1.OrderEvent", "\xff"));
}

TEST(HexPreview, ShowsTheBeginning) {
  EXPECT_EQ(HexPreview(std::string("\x00\xff\x41", 3)), "00ff41");
  EXPECT_EQ(HexPreview(std::string(1000, 'A')).size(), 64U);
}

}  // namespace
}  // namespace orderflow::order
