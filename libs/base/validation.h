#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace orderflow {

class FieldViolations;

// What text may enter: the checks that several services share. All are pure, or add to a list.

// 1..64 characters of [A-Za-z0-9._-]: customer ids and SKUs.
bool IsName(std::string_view text);
inline constexpr char kNameRule[] = "must be 1 to 64 characters of A-Z a-z 0-9 . _ -";

// local@domain, printable ASCII without spaces, at most 254 characters (RFC 5321 4.5.3.1), the
// domain with a dot and without empty labels. Deliverability is the mail server's business.
bool IsEmail(std::string_view text);
inline constexpr char kEmailRule[] =
    "must be an address of the form local@domain, at most 254 characters";

// Printable UTF-8 without control characters, at most `size_max` bytes.
bool IsText(std::string_view text, size_t size_max);

// True when the text holds a run of 13 to 19 digits (spaces and dashes ignored) that passes the
// Luhn check: likely a card number, which must never enter.
bool LooksLikeCardNumber(std::string_view text);

// What every record of a person's action must say: who (at most 100 bytes) and why (at most 500),
// printable and without a card number. Adds what is wrong with `field`.
void CheckActor(const std::string& actor, const char* field, FieldViolations& violations);
void CheckReason(const std::string& reason, const char* field, FieldViolations& violations);

}  // namespace orderflow
