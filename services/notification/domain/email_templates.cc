#include "services/notification/domain/email_templates.h"

#include <string_view>

#include "fmt/format.h"

namespace orderflow::notification {
namespace {

// The templates. A name in braces stands for the field of that name in Fields.
constexpr char kConfirmedSubject[] = "Your order {order} is confirmed";
constexpr char kConfirmedBody[] =
    "Hello,\n"
    "\n"
    "thank you for your order. It is paid and on its way to our warehouse.\n"
    "\n"
    "  Order:  {order}\n"
    "  Total:  {total}\n"
    "\n"
    "Your Orderflow shop\n";

constexpr char kRejectedSubject[] = "Your order {order} could not be accepted";
constexpr char kRejectedBody[] =
    "Hello,\n"
    "\n"
    "we are sorry: we could not accept your order. You have not been charged.\n"
    "\n"
    "  Order:  {order}\n"
    "  Total:  {total}\n"
    "  Reason: {reason}\n"
    "\n"
    "Your Orderflow shop\n";

constexpr char kCancelledSubject[] = "Your order {order} is cancelled";
constexpr char kCancelledBody[] =
    "Hello,\n"
    "\n"
    "your order is cancelled. {money}\n"
    "\n"
    "  Order:  {order}\n"
    "  Total:  {total}\n"
    "  Reason: {reason}\n"
    "\n"
    "Your Orderflow shop\n";

constexpr std::string_view kRefunded = "The full amount is on its way back to you.";
constexpr std::string_view kNotCharged = "You have not been charged.";

// Text from outside must stay one line of the mail.
std::string OneLine(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      c = ' ';
    }
  }
  return text;
}

std::string ReasonText(const OrderOutcome& outcome) {
  const std::string skus = OneLine(fmt::format("{}", fmt::join(outcome.skus, ", ")));
  switch (outcome.reason) {
    case Reason::kOutOfStock:
      return "not enough in stock of " + skus;
    case Reason::kUnknownSku:
      return "no longer in our catalogue: " + skus;
    case Reason::kPaymentDeclined:
      return "your payment was declined";
    case Reason::kCancelledByCustomer:
      return outcome.reason_text.empty()
                 ? "cancelled at your request"
                 : "cancelled at your request: " + OneLine(outcome.reason_text);
    case Reason::kOther:
      break;
  }
  return outcome.reason_text.empty() ? "not given" : OneLine(outcome.reason_text);
}

struct Fields {
  std::string order;
  std::string total;
  std::string reason;
  std::string_view money;
};

// Checked at run time (fmt 9 checks named fields only so); the test fills every template.
std::string Fill(const char* text, const Fields& fields) {
  return fmt::format(fmt::runtime(text), fmt::arg("order", fields.order),
                     fmt::arg("total", fields.total), fmt::arg("reason", fields.reason),
                     fmt::arg("money", fields.money));
}

}  // namespace

EmailText RenderEmail(const OrderOutcome& outcome) {
  const Fields fields{.order = outcome.order_id.value(),
                      .total = ToString(outcome.total),
                      .reason = ReasonText(outcome),
                      .money = outcome.refunded ? kRefunded : kNotCharged};
  switch (outcome.event) {
    case Event::kOrderConfirmed:
      return {Fill(kConfirmedSubject, fields), Fill(kConfirmedBody, fields)};
    case Event::kOrderRejected:
      return {Fill(kRejectedSubject, fields), Fill(kRejectedBody, fields)};
    case Event::kOrderCancelled:
      break;
  }
  return {Fill(kCancelledSubject, fields), Fill(kCancelledBody, fields)};
}

}  // namespace orderflow::notification
