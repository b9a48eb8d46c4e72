#pragma once

#include <string>
#include <string_view>

namespace orderflow::orderctl {

enum class Colour { kNone, kRed, kGreen, kYellow, kBold, kDim };

// Where text for people goes: colour only when standard output is a terminal and neither NO_COLOR
// (https://no-color.org) nor a dumb terminal forbids it. Immutable, threadsafe.
class Terminal {
 public:
  explicit Terminal(bool colour) : colour_(colour) {}
  static Terminal ForStandardOutput();
  static Terminal ForStandardError();

  bool colour() const { return colour_; }
  std::string Paint(Colour colour, std::string_view text) const;

 private:
  bool colour_;
};

// The colour that a state's name is shown in: green for a good end, red for a bad one, yellow for
// what needs a look, none while it is under way.
Colour ColourOfState(std::string_view state);

}  // namespace orderflow::orderctl
