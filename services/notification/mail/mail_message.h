#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/notification/domain/notification.h"

namespace orderflow::notification {

// The notification as an RFC 5322 message with CRLF line ends. Its Message-ID follows from order
// and event alone, so that a mail system that sees it twice can tell. kInvalidArgument: recipient
// or subject could not stand in a header (line breaks, control characters). Pure.
absl::StatusOr<std::string> ComposeMail(const Notification& notification, std::string_view from);

// Quoted-printable (RFC 2045 6.7) of UTF-8 text whose lines end with "\n"; lines of the result are
// at most 76 characters long and end with CRLF. Pure.
std::string QuotedPrintable(std::string_view text);

}  // namespace orderflow::notification
