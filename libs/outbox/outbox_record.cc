#include "libs/outbox/outbox_record.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "absl/strings/ascii.h"
#include "libs/messaging/headers.h"

namespace orderflow::outbox {
namespace {

constexpr size_t kHeadersMax = 7;  // of a record without further headers

int64_t HexValue(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

// Several times quicker than a format string: every message is stamped.
void AppendDigits(std::string& text, int64_t value, size_t width) {
  const size_t start = text.size();
  text.resize(start + width);
  for (size_t i = start + width; i-- > start; value /= 10) {
    text[i] = static_cast<char>('0' + value % 10);
  }
}

// The first 48 bits of a UUIDv7 count milliseconds.
Timestamp TimeOfId(const std::string& message_id) {
  constexpr size_t kDash = 8;
  constexpr size_t kEnd = 13;
  int64_t milliseconds = 0;
  for (size_t i = 0; i < std::min(kEnd, message_id.size()); ++i) {
    if (i != kDash) {
      milliseconds = milliseconds * 16 + HexValue(message_id[i]);
    }
  }
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AddHeaders(const std::string& headers_json, messaging::RecordHeaders& headers) {
  const nlohmann::json parsed =
      nlohmann::json::parse(headers_json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return;  // the column's type admits only JSON, and Insert's callers write only objects
  }
  for (const auto& [name, value] : parsed.items()) {
    headers.Set(name, value.is_string() ? value.get<std::string>() : Dump(value));
  }
}

}  // namespace

std::string FormatRfc3339(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> clock(time - day);
  const struct {
    int64_t value;
    size_t width;
    char separator;
  } parts[] = {
      {static_cast<int>(date.year()), 4, '-'},     {static_cast<unsigned>(date.month()), 2, '-'},
      {static_cast<unsigned>(date.day()), 2, 'T'}, {clock.hours().count(), 2, ':'},
      {clock.minutes().count(), 2, ':'},           {clock.seconds().count(), 2, '.'},
      {clock.subseconds().count(), 6, 'Z'}};
  std::string text;
  text.reserve(sizeof("0000-00-00T00:00:00.000000Z"));
  for (const auto& [value, width, separator] : parts) {
    AppendDigits(text, value, width);
    text += separator;
  }
  return text;
}

Timestamp TimeOf(const OutboxMessage& message) { return TimeOfId(message.message_id); }

messaging::Record ToRecord(const OutboxMessage& message, const std::string& source) {
  messaging::Record record;
  record.topic = message.topic;
  record.key = message.key;
  record.value = message.payload;
  record.headers.reserve(kHeadersMax);
  record.headers.Add(messaging::kHeaderSpecVersion, "1.0");
  record.headers.Add(messaging::kHeaderId, message.message_id);
  record.headers.Add(messaging::kHeaderType, message.type);
  record.headers.Add(messaging::kHeaderSource, source);
  record.headers.Add(messaging::kHeaderTime, FormatRfc3339(TimeOf(message)));
  if (message.sequence != 0) {
    record.headers.Add(messaging::kHeaderSequence, std::to_string(message.sequence));
  }
  if (!message.traceparent.empty()) {
    record.headers.Add(messaging::kHeaderTraceparent, message.traceparent);
  }
  if (!message.headers_json.empty()) {
    AddHeaders(message.headers_json, record.headers);
  }
  return record;
}

std::string HeadersToJson(const messaging::RecordHeaders& headers) {
  nlohmann::json json = nlohmann::json::object();
  for (const auto& [name, value] : headers) {
    json[name] = value;
  }
  return Dump(json);
}

std::string ToStorableText(std::string_view text) {
  const bool plain = std::all_of(text.begin(), text.end(),
                                 [](char c) { return c != 0 && absl::ascii_isascii(c); });
  if (plain) {  // ASCII, as nearly all of it is
    return std::string(text);
  }
  // The dump replaces what is not UTF-8; reading it back gives plain text again.
  std::string storable =
      nlohmann::json::parse(Dump(nlohmann::json(std::string(text)))).get<std::string>();
  std::replace(storable.begin(), storable.end(), '\0', '?');
  return storable;
}

}  // namespace orderflow::outbox
