#include "tools/orderctl/dead_letter_text.h"

#include <algorithm>
#include <charconv>
#include <tuple>

#include "fmt/format.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/table.h"

namespace orderflow::orderctl {
namespace {

using order::v1::DeadLetter;
using order::v1::DeadLetterAction;

constexpr size_t kReasonShownMax = 80;  // characters in a table

std::string StateName(order::v1::DeadLetterState state) {
  return ShortName(order::v1::DeadLetterState_Name(state), "DEAD_LETTER_STATE_");
}

std::string KindName(const DeadLetterAction& action) {
  return ShortName(order::v1::DeadLetterActionKind_Name(action.settlement().kind()),
                   "DEAD_LETTER_ACTION_KIND_");
}

template <class Integer>
bool ParseNumber(std::string_view text, Integer& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

std::string HeadersText(
    const google::protobuf::RepeatedPtrField<order::v1::DeadLetterHeader>& headers) {
  std::string text;
  for (const order::v1::DeadLetterHeader& header : headers) {
    text += fmt::format("  {}: {}\n", header.name(), header.value());
  }
  return text;
}

std::string ShortReason(const std::string& reason) {
  return reason.size() <= kReasonShownMax ? reason : reason.substr(0, kReasonShownMax) + "...";
}

}  // namespace

std::string DeadLetterName(const order::v1::DeadLetterId& id) {
  return fmt::format("{}/{}/{}", id.topic(), id.partition(), id.offset());
}

std::optional<order::v1::DeadLetterId> ParseDeadLetterName(std::string_view name) {
  const size_t first = name.find('/');
  const size_t second = first == std::string_view::npos ? first : name.find('/', first + 1);
  if (second == std::string_view::npos || first == 0) {
    return std::nullopt;
  }
  int32_t partition = 0;
  int64_t offset = 0;
  if (!ParseNumber(name.substr(first + 1, second - first - 1), partition) ||
      !ParseNumber(name.substr(second + 1), offset)) {
    return std::nullopt;
  }
  order::v1::DeadLetterId id;
  id.set_topic(std::string(name.substr(0, first)));
  id.set_partition(partition);
  id.set_offset(offset);
  return id;
}

std::string DeadLetterText(const DeadLetter& letter, const Terminal& terminal) {
  const std::string state = StateName(letter.state());
  std::string text = fmt::format("dead letter {}\nstate       {}\n", DeadLetterName(letter.id()),
                                 terminal.Paint(ColourOfState(state), state));
  if (letter.has_action()) {
    text +=
        fmt::format("done        {} by {} at {}: {}\n", KindName(letter.action()),
                    letter.action().settlement().actor(), TimeText(letter.action().create_time()),
                    letter.action().settlement().reason());
  }
  text += fmt::format(
      "came from   {}\nkey         {}\ntype        {}\nparked      {}\nreason      {}\n",
      letter.original_topic().empty()
          ? "nowhere that it says"
          : fmt::format("{}/{} at offset {}", letter.original_topic(), letter.original_partition(),
                        letter.original_offset()),
      letter.key(), letter.message_type(), TimeText(letter.park_time()), letter.reason());
  if (letter.first_offset() != letter.original_offset()) {
    text += fmt::format("first came  at offset {}\n", letter.first_offset());
  }
  text += fmt::format("headers\n{}", HeadersText(letter.headers()));
  return text + (letter.value_json().empty()
                     ? fmt::format("value       {} bytes, not decoded, beginning with 0x{}\n",
                                   letter.value_size(), letter.value_hex())
                     : fmt::format("value       {}\n", letter.value_json()));
}

std::string DeadLettersText(const order::v1::ListDeadLettersResponse& page,
                            const Terminal& terminal) {
  Table table({"DEAD LETTER", "STATE", "KEY", "TYPE", "PARKED", "REASON"});
  for (const DeadLetter& letter : page.dead_letters()) {
    table.AddRow({DeadLetterName(letter.id()), StateName(letter.state()), letter.key(),
                  letter.message_type(), TimeText(letter.park_time()),
                  ShortReason(letter.reason())});
  }
  return table.Render(terminal, "no dead letters");
}

std::string DeadLetterActionsText(const order::v1::ListDeadLetterActionsResponse& page,
                                  const Terminal& terminal) {
  Table table({"TIME", "DEAD LETTER", "KEY", "ACTION", "WHO", "WHY", "SENT TO"});
  for (const DeadLetterAction& action : page.actions()) {
    table.AddRow({TimeText(action.create_time()), DeadLetterName(action.id()), action.key(),
                  KindName(action), action.settlement().actor(), action.settlement().reason(),
                  action.sent_topic()});
  }
  return table.Render(terminal, "no actions");
}

std::string DeadLetterResultsText(const order::v1::BatchSettleDeadLettersResponse& batch) {
  std::string text;
  for (const order::v1::DeadLetterResult& result : batch.results()) {
    if (result.has_error()) {
      text +=
          fmt::format("{} refused: {}\n", DeadLetterName(result.id()), result.error().message());
      continue;
    }
    const DeadLetterAction& action = result.action();
    text += fmt::format(
        "{} {} {}, sends {}\n", DeadLetterName(result.id()), KindName(action),
        action.settlement().validate_only() ? "is possible; nothing was done" : "is done",
        action.sent_topic().empty()
            ? "nothing"
            : fmt::format("key {} to {}", action.key(), action.sent_topic()));
    text += HeadersText(action.sent_headers());
  }
  return text;
}

void SortByFirstOffset(std::vector<DeadLetter>& letters) {
  std::stable_sort(letters.begin(), letters.end(), [](const DeadLetter& a, const DeadLetter& b) {
    return std::make_tuple(a.original_topic(), a.original_partition(), a.first_offset()) <
           std::make_tuple(b.original_topic(), b.original_partition(), b.first_offset());
  });
}

}  // namespace orderflow::orderctl
