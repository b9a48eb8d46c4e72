// Records of dead letter queues, headers included: what is redriven goes where it came from, in a
// form that the outbox can store, with the same value and all headers of its own.
#include <algorithm>
#include <string_view>
#include <vector>

#include "libs/inbox/parked_records.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox_record.h"
#include "services/order/grpc/message_text.h"
#include "services/order/messaging/dead_letter_codec.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {
namespace {

constexpr std::string_view kEndOfHeaders = "\n\n";

// Lines of name=value, an empty one, then the value of the record.
messaging::Record RecordWithHeaders(std::string_view bytes) {
  const size_t end = std::min(bytes.find(kEndOfHeaders), bytes.size());
  messaging::Record record;
  record.topic = messaging::DeadLetterTopic(messaging::kOrderReplies);
  record.partition = 0;
  record.offset = 100;
  record.value = bytes.substr(std::min(end + kEndOfHeaders.size(), bytes.size()));
  record.key = record.value.substr(0, 36);
  std::string_view lines = bytes.substr(0, end);
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find('\n'));
    lines.remove_prefix(std::min(line.size() + 1, lines.size()));
    const size_t equals = std::min(line.find('='), line.size());
    record.headers.Set(line.substr(0, equals),
                       std::string(line.substr(std::min(equals + 1, line.size()))));
  }
  return record;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const messaging::Record record = RecordWithHeaders({reinterpret_cast<const char*>(data), size});
  fuzz::Require(inbox::PlaceOf(record).first_offset >= 0);

  const order::DeadLetter letter = order::ToDeadLetter(record);
  fuzz::Require(letter.original_topic.empty() || letter.original_topic == messaging::kOrderReplies);
  fuzz::Require(letter.original_partition >= 0 && letter.original_offset >= 0 &&
                letter.first_offset >= 0);
  (void)order::MessageToMaskedJson(letter.type, letter.value);
  (void)order::HexPreview(letter.value);
  const auto message = order::MessageOf(letter, order::DeadLetterActionKind::kRedrive);
  fuzz::Require(message.has_value());
  const messaging::Record sent = outbox::ToRecord(*message, "fuzz");
  fuzz::Require(sent.topic == letter.original_topic && sent.value == record.value);
  for (const auto& [name, value] : letter.headers) {
    fuzz::Require(sent.headers.Find(name) != nullptr);
  }
  return 0;
}

}  // namespace orderflow
