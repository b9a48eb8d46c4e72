#include "services/notification/mail/mail_message.h"

#include <algorithm>
#include <ctime>

#include "fmt/chrono.h"
#include "fmt/format.h"
#include "libs/base/validation.h"

namespace orderflow::notification {
namespace {

constexpr size_t kLineMax = 76;                     // RFC 2045: characters of an encoded line
constexpr char kAddressSpecials[] = "<>,;:\"\\()";  // would end the address or start another
constexpr size_t kSubjectBytesMax = 200;            // far below the 998 of RFC 5322

bool IsHeaderText(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::string DomainOf(std::string_view address) {
  return std::string(address.substr(address.find('@') + 1));
}

// RFC 5322 3.3, in UTC. strftime would follow the process's locale.
std::string DateHeader(Timestamp time) {
  static constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                            "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  const std::tm utc = fmt::gmtime(seconds);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[utc.tm_wday], utc.tm_mday,
                     kMonths[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
}

bool StandsForItself(char c, bool last_of_line) {
  if (c == ' ' || c == '\t') {
    return !last_of_line;
  }
  return c > 0x20 && c < 0x7f && c != '=';
}

void AppendEncodedLine(std::string_view line, std::string& encoded) {
  size_t width = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const bool last = i + 1 == line.size();
    const std::string piece = StandsForItself(line[i], last)
                                  ? std::string(1, line[i])
                                  : fmt::format("={:02X}", static_cast<unsigned char>(line[i]));
    const size_t room = last ? kLineMax : kLineMax - 1;  // a line that goes on ends with "="
    if (width + piece.size() > room) {
      encoded += "=\r\n";
      width = 0;
    }
    encoded += piece;
    width += piece.size();
  }
  encoded += "\r\n";
}

}  // namespace

std::string QuotedPrintable(std::string_view text) {
  std::string encoded;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    AppendEncodedLine(text.substr(0, end), encoded);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return encoded;
}

absl::StatusOr<std::string> ComposeMail(const Notification& notification, std::string_view from) {
  if (!IsEmail(notification.recipient) ||
      notification.recipient.find_first_of(kAddressSpecials) != std::string::npos) {
    return absl::InvalidArgumentError(
        "compose the mail: the recipient is no e-mail address; nothing was sent");
  }
  if (notification.subject.size() > kSubjectBytesMax || !IsHeaderText(notification.subject)) {
    return absl::InvalidArgumentError(
        fmt::format("compose the mail: the subject must be printable ASCII of at most {} "
                    "characters; nothing was sent",
                    kSubjectBytesMax));
  }
  std::string message = fmt::format(
      "Date: {}\r\nFrom: Orderflow <{}>\r\nTo: <{}>\r\nMessage-ID: <{}.{}@{}>\r\nSubject: {}\r\n",
      DateHeader(notification.create_time), from, notification.recipient,
      notification.order_id.value(), ToString(notification.event), DomainOf(from),
      notification.subject);
  message +=
      "Auto-Submitted: auto-generated\r\n"
      "MIME-Version: 1.0\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n"
      "Content-Transfer-Encoding: quoted-printable\r\n"
      "\r\n";
  message += QuotedPrintable(notification.body);
  return message;
}

}  // namespace orderflow::notification
