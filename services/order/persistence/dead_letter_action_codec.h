#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/order/domain/dead_letter.h"

namespace orderflow::order {

// The JSON columns of dead_letter_actions. Pure. Decoding: kInternal for what no version wrote.

// A dead letter without its id, key and value.
std::string EncodeLetter(const DeadLetter& letter);
absl::StatusOr<DeadLetter> DecodeLetter(std::string_view json);

// What was sent, without its value; an empty topic: nothing.
struct SentMessage {
  std::string topic;
  DeadLetterHeaders headers;

  bool operator==(const SentMessage&) const = default;
};
std::string EncodeSent(const SentMessage& sent);
absl::StatusOr<SentMessage> DecodeSent(std::string_view json);

}  // namespace orderflow::order
