#include "libs/base/validation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"

namespace orderflow {
namespace {

constexpr size_t kNameSizeMax = 64;
constexpr size_t kEmailSizeMax = 254;
constexpr size_t kEmailLocalSizeMax = 64;
constexpr size_t kActorSizeMax = 100;
constexpr size_t kReasonSizeMax = 500;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool IsDomain(std::string_view domain) {
  if (domain.find('.') == std::string_view::npos || domain.front() == '.' || domain.back() == '.' ||
      domain.find("..") != std::string_view::npos) {
    return false;
  }
  return std::all_of(domain.begin(), domain.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '.' || c == '-'; });
}

bool PassesLuhn(std::string_view digits) {
  int sum = 0;
  bool twice = false;
  for (auto it = digits.rbegin(); it != digits.rend(); ++it, twice = !twice) {
    const int digit = *it - '0';
    sum += twice ? (digit > 4 ? 2 * digit - 9 : 2 * digit) : digit;
  }
  return sum % 10 == 0;
}

// True when some neighbouring whole groups make up 13 to 19 digits that pass the check: what
// follows a card number (an expiry date, say) must not hide it.
bool HoldsCardNumber(const std::vector<std::string>& groups) {
  for (size_t first = 0; first < groups.size(); ++first) {
    std::string digits;
    for (size_t last = first; last < groups.size() && digits.size() < 19; ++last) {
      digits += groups[last];
      if (digits.size() >= 13 && digits.size() <= 19 && PassesLuhn(digits)) {
        return true;
      }
    }
  }
  return false;
}

// Bytes of the UTF-8 character that starts at `text`, 0 when it is malformed (RFC 3629).
size_t Utf8Size(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto tail = [&](size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
  const unsigned char lead = byte(0);
  if (lead < 0x80) {
    return 1;
  }
  if (lead >= 0xc2 && lead <= 0xdf) {
    return tail(1) ? 2 : 0;
  }
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && tail(1) && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && tail(1) && byte(1) > 0x9f;
    return tail(1) && tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && tail(1) && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && tail(1) && byte(1) > 0x8f;
    return tail(1) && tail(2) && tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void CheckPersonsText(const std::string& text, size_t size_max, const char* field,
                      FieldViolations& violations) {
  violations.Check(!text.empty() && IsText(text, size_max), field,
                   fmt::format("must be 1 to {} printable characters", size_max));
  violations.Check(!LooksLikeCardNumber(text), field, "must not hold a card number");
}

}  // namespace

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kNameSizeMax &&
         std::all_of(text.begin(), text.end(),
                     [](char c) { return IsAlphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool IsEmail(std::string_view text) {
  const size_t at = text.rfind('@');
  if (text.size() > kEmailSizeMax || at == std::string_view::npos || at == 0 ||
      at > kEmailLocalSizeMax || at + 1 == text.size()) {
    return false;
  }
  const std::string_view local = text.substr(0, at);
  return std::all_of(local.begin(), local.end(),
                     [](char c) {
                       return c > ' ' && c < 0x7f && c != '@' && c != '<' && c != '>' && c != '"';
                     }) &&
         IsDomain(text.substr(at + 1));
}

bool IsText(std::string_view text, size_t size_max) {
  if (text.size() > size_max) {
    return false;
  }
  while (!text.empty()) {
    const size_t size = Utf8Size(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool c1_control =
        size == 2 && first == 0xc2 && static_cast<unsigned char>(text[1]) < 0xa0;
    if (size == 0 || first < 0x20 || first == 0x7f || c1_control) {
      return false;
    }
    text.remove_prefix(size);
  }
  return true;
}

bool LooksLikeCardNumber(std::string_view text) {
  std::vector<std::string> groups;  // of digits, of the run that is being read
  bool in_group = false;
  for (const char c : text) {
    if (IsDigit(c)) {
      if (!in_group) {
        groups.emplace_back();
      }
      groups.back() += c;
      in_group = true;
      continue;
    }
    in_group = false;
    if (c != ' ' && c != '-') {
      if (HoldsCardNumber(groups)) {
        return true;
      }
      groups.clear();
    }
  }
  return HoldsCardNumber(groups);
}

void CheckActor(const std::string& actor, const char* field, FieldViolations& violations) {
  CheckPersonsText(actor, kActorSizeMax, field, violations);
}

void CheckReason(const std::string& reason, const char* field, FieldViolations& violations) {
  CheckPersonsText(reason, kReasonSizeMax, field, violations);
}

}  // namespace orderflow
