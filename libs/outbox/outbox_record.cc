#include "libs/outbox/outbox_record.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "fmt/format.h"
#include "libs/messaging/headers.h"

namespace orderflow::outbox {
namespace {

// The first 48 bits of a UUIDv7 count milliseconds.
Timestamp TimeOfId(const std::string& message_id) {
  std::string digits = message_id.substr(0, 13);  // 8 digits, dash, 4 digits
  digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());
  int64_t milliseconds = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), milliseconds, 16);
  return Timestamp(std::chrono::milliseconds(milliseconds));
}

std::string Dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void AddHeaders(const std::string& headers_json, std::map<std::string, std::string>& headers) {
  const nlohmann::json parsed =
      nlohmann::json::parse(headers_json, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object()) {
    return;  // the column's type admits only JSON, and Insert's callers write only objects
  }
  for (const auto& [name, value] : parsed.items()) {
    headers[name] = value.is_string() ? value.get<std::string>() : Dump(value);
  }
}

}  // namespace

std::string FormatRfc3339(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss<std::chrono::microseconds> clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

messaging::Record ToRecord(const OutboxMessage& message, const std::string& source) {
  messaging::Record record;
  record.topic = message.topic;
  record.key = message.key;
  record.value = message.payload;
  record.headers = {{messaging::kHeaderSpecVersion, "1.0"},
                    {messaging::kHeaderId, message.message_id},
                    {messaging::kHeaderType, message.type},
                    {messaging::kHeaderSource, source},
                    {messaging::kHeaderTime, FormatRfc3339(TimeOfId(message.message_id))}};
  if (message.sequence != 0) {
    record.headers[messaging::kHeaderSequence] = fmt::format("{}", message.sequence);
  }
  if (!message.traceparent.empty()) {
    record.headers[messaging::kHeaderTraceparent] = message.traceparent;
  }
  if (!message.headers_json.empty()) {
    AddHeaders(message.headers_json, record.headers);
  }
  return record;
}

std::string HeadersToJson(const std::map<std::string, std::string>& headers) {
  return Dump(nlohmann::json(headers));
}

std::string ToStorableText(std::string_view text) {
  // The dump replaces what is not UTF-8; reading it back gives plain text again.
  std::string storable =
      nlohmann::json::parse(Dump(nlohmann::json(std::string(text)))).get<std::string>();
  std::replace(storable.begin(), storable.end(), '\0', '?');
  return storable;
}

}  // namespace orderflow::outbox
