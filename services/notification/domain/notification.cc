#include "services/notification/domain/notification.h"

#include <array>
#include <utility>

namespace orderflow::notification {
namespace {

template <class T, size_t n>
using Names = std::array<std::pair<T, std::string_view>, n>;

constexpr Names<Event, 3> kEvents = {{{Event::kOrderConfirmed, "order_confirmed"},
                                      {Event::kOrderRejected, "order_rejected"},
                                      {Event::kOrderCancelled, "order_cancelled"}}};
constexpr Names<Channel, 1> kChannels = {{{Channel::kEmail, "email"}}};
constexpr Names<State, 4> kStates = {{{State::kPending, "PENDING"},
                                      {State::kSending, "SENDING"},
                                      {State::kSent, "SENT"},
                                      {State::kParked, "PARKED"}}};

template <class T, size_t n>
std::string_view NameOf(const Names<T, n>& names, T value) {
  for (const auto& [known, name] : names) {
    if (known == value) {
      return name;
    }
  }
  return "";
}

template <class T, size_t n>
std::optional<T> ValueOf(const Names<T, n>& names, std::string_view text) {
  for (const auto& [value, name] : names) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view ToString(Event event) { return NameOf(kEvents, event); }
std::string_view ToString(Channel channel) { return NameOf(kChannels, channel); }
std::string_view ToString(State state) { return NameOf(kStates, state); }
std::optional<Event> ParseEvent(std::string_view text) { return ValueOf(kEvents, text); }
std::optional<Channel> ParseChannel(std::string_view text) { return ValueOf(kChannels, text); }
std::optional<State> ParseState(std::string_view text) { return ValueOf(kStates, text); }

}  // namespace orderflow::notification
