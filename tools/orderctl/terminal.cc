#include "tools/orderctl/terminal.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace orderflow::orderctl {
namespace {

bool WantsColour(int descriptor) {
  const char* no_colour = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  const bool forbidden = no_colour != nullptr && *no_colour != '\0';
  const bool dumb = term == nullptr || std::string_view(term) == "dumb";
  return !forbidden && !dumb && isatty(descriptor) == 1;
}

const char* Code(Colour colour) {
  switch (colour) {
    case Colour::kRed:
      return "\x1b[31m";
    case Colour::kGreen:
      return "\x1b[32m";
    case Colour::kYellow:
      return "\x1b[33m";
    case Colour::kBold:
      return "\x1b[1m";
    case Colour::kDim:
      return "\x1b[2m";
    case Colour::kNone:
      break;
  }
  return "";
}

template <size_t kSize>
bool IsOneOf(std::string_view text, const std::array<std::string_view, kSize>& words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

}  // namespace

Terminal Terminal::ForStandardOutput() { return Terminal(WantsColour(STDOUT_FILENO)); }
Terminal Terminal::ForStandardError() { return Terminal(WantsColour(STDERR_FILENO)); }

std::string Terminal::Paint(Colour colour, std::string_view text) const {
  if (!colour_ || colour == Colour::kNone) {
    return std::string(text);
  }
  return Code(colour) + std::string(text) + "\x1b[0m";
}

Colour ColourOfState(std::string_view state) {
  static constexpr std::array<std::string_view, 7> kGood = {
      "CONFIRMED", "COMPLETED", "DONE", "SENT", "CAPTURED", "SUCCEEDED", "REFUNDED"};
  static constexpr std::array<std::string_view, 4> kBad = {"REJECTED", "DECLINED", "REFUSED",
                                                           "PARKED"};
  static constexpr std::array<std::string_view, 5> kLook = {"UNKNOWN", "NEEDS_ATTENTION",
                                                            "CANCELLED", "COMPENSATED", "VOIDED"};
  if (IsOneOf(state, kGood)) {
    return Colour::kGreen;
  }
  if (IsOneOf(state, kBad)) {
    return Colour::kRed;
  }
  return IsOneOf(state, kLook) ? Colour::kYellow : Colour::kNone;
}

}  // namespace orderflow::orderctl
