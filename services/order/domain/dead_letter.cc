#include "services/order/domain/dead_letter.h"

#include <charconv>

#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/errors.h"

namespace orderflow::order {
namespace {

// A whole number of at least 0, and nothing else.
template <class Integer>
std::optional<Integer> ParseNumber(std::string_view text) {
  Integer number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size() && number >= 0;
  return is_number ? std::optional<Integer>(number) : std::nullopt;
}

}  // namespace

std::string ToString(const DeadLetterId& id) {
  return fmt::format("{}/{}/{}", id.topic, id.partition, id.offset);
}

std::optional<DeadLetterId> ParseDeadLetterId(std::string_view text) {
  const size_t last = text.rfind('/');
  const size_t first = last == std::string_view::npos || last == 0 ? std::string_view::npos
                                                                   : text.rfind('/', last - 1);
  if (first == std::string_view::npos || first == 0) {
    return std::nullopt;
  }
  const auto partition = ParseNumber<int32_t>(text.substr(first + 1, last - first - 1));
  const auto offset = ParseNumber<int64_t>(text.substr(last + 1));
  if (!partition || !offset) {
    return std::nullopt;
  }
  return DeadLetterId{std::string(text.substr(0, first)), *partition, *offset};
}

std::string RecordHash(const DeadLetter& letter) {
  return Sha256Hex(fmt::format("{}/{}/{}\n{}", letter.original_topic, letter.original_partition,
                               letter.original_offset, letter.message_id));
}

std::string ToString(DeadLetterActionKind kind) {
  return kind == DeadLetterActionKind::kRedrive ? "REDRIVE" : "DISCARD";
}

std::optional<DeadLetterActionKind> ParseDeadLetterActionKind(std::string_view text) {
  for (const auto kind : {DeadLetterActionKind::kRedrive, DeadLetterActionKind::kDiscard}) {
    if (text == ToString(kind)) {
      return kind;
    }
  }
  return std::nullopt;
}

DeadLetterState StateAfter(DeadLetterActionKind kind) {
  return kind == DeadLetterActionKind::kRedrive ? DeadLetterState::kRedriven
                                                : DeadLetterState::kDiscarded;
}

absl::Status CheckSettlement(const DeadLetter& letter, DeadLetterActionKind kind,
                             std::optional<OrderState> order_state) {
  if (kind == DeadLetterActionKind::kDiscard) {
    return absl::OkStatus();
  }
  if (letter.original_topic.empty()) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("{} was not parked by a consumer of Orderflow, so it is not known where it "
                    "belongs; discard it",
                    ToString(letter.id)),
        "NOT_OUR_DEAD_LETTER");
  }
  if (letter.is_command && (!order_state || IsAtRest(*order_state))) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("{} is a command for order {}, which {}: nobody waits for it; discard it",
                    ToString(letter.id), letter.key,
                    order_state ? fmt::format("is {}", std::string(ToString(*order_state)))
                                : std::string("is not known")),
        "ORDER_DOES_NOT_WAIT");
  }
  return absl::OkStatus();
}

absl::Status CheckSameSettlement(const DeadLetterAction& stored, const DeadLetterRequest& request) {
  const std::string done = fmt::format("{} of {} by {}", ToString(stored.request.kind),
                                       ToString(stored.letter.id), stored.request.actor);
  if (stored.request.request_id != request.request_id) {
    return TypedError(
        absl::StatusCode::kFailedPrecondition,
        fmt::format("there was a {} before; a record that fails again is a dead letter of its own",
                    done),
        "DEAD_LETTER_SETTLED");
  }
  if (stored.request.kind != request.kind || stored.request.actor != request.actor ||
      stored.request.reason != request.reason) {
    return TypedError(absl::StatusCode::kAlreadyExists,
                      fmt::format("request id {} was used for {}; take a new one",
                                  request.request_id.value(), done),
                      "REQUEST_ID_REUSED");
  }
  return absl::OkStatus();
}

bool Matches(const DeadLetterFilter& filter, const DeadLetter& letter, DeadLetterState state,
             Timestamp now) {
  return (filter.key.empty() || letter.key == filter.key) &&
         (filter.reason_part.empty() ||
          letter.reason.find(filter.reason_part) != std::string::npos) &&
         (!filter.state || state == *filter.state) &&
         (filter.age_min == Duration::zero() ||
          (letter.park_time && now - *letter.park_time >= filter.age_min));
}

}  // namespace orderflow::order
