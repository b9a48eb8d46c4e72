// Bytes of order.events, up to the mail that they cause: whatever they hold, no header line is
// theirs.
#include <string>

#include "services/notification/domain/email_templates.h"
#include "services/notification/mail/mail_message.h"
#include "services/notification/messaging/order_event_codec.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {
namespace {

// Header lines of a message; folded lines count as one.
int HeaderLines(const std::string& message) {
  int lines = 0;
  for (size_t begin = 0; begin < message.size();) {
    const size_t end = message.find("\r\n", begin);
    if (end == begin || end == std::string::npos) {
      break;
    }
    lines += message[begin] != ' ' && message[begin] != '\t' ? 1 : 0;
    begin = end + 2;
  }
  return lines;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto outcome = notification::DecodeEvent(fuzz::RecordOf(data, size));
  if (!outcome.ok() || !outcome->has_value()) {
    return 0;
  }
  notification::Notification mail;
  mail.order_id = (*outcome)->order_id;
  mail.recipient = (*outcome)->email;
  const notification::EmailText text = notification::RenderEmail(**outcome);
  mail.subject = text.subject;
  mail.body = text.body;
  const auto message = notification::ComposeMail(mail, "shop@example.com");
  notification::Notification plain = mail;
  plain.recipient = "a@example.com";
  plain.subject = "subject";
  if (message.ok()) {
    fuzz::Require(HeaderLines(*message) ==
                  HeaderLines(*notification::ComposeMail(plain, "shop@example.com")));
  }
  return 0;
}

}  // namespace orderflow
