#include "services/order/persistence/dead_letter_action_codec.h"

#include "fmt/format.h"
#include "nlohmann/json.hpp"

namespace orderflow::order {
namespace {

using Json = nlohmann::json;

constexpr char kMessageIdHeader[] = "ce_id";

absl::Status NotOurs(const char* what, std::string_view json) {
  return absl::InternalError(fmt::format(
      "a dead letter action holds {} that was not written by this version of the service: {}", what,
      json.substr(0, 200)));
}

// Headers are foreign bytes: what is not UTF-8 is replaced.
std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// A list, not an object: headers have an order.
Json ToJson(const DeadLetterHeaders& headers) {
  Json json = Json::array();
  for (const auto& [name, value] : headers) {
    json.push_back({name, value});
  }
  return json;
}

DeadLetterHeaders HeadersOf(const Json& json) {
  DeadLetterHeaders headers;
  for (const Json& header : json) {
    headers.emplace_back(header.at(0).get<std::string>(), header.at(1).get<std::string>());
  }
  return headers;
}

// Versions before 6 of the schema wrote it among the headers only.
std::string MessageIdOf(const Json& letter, const DeadLetterHeaders& headers) {
  if (const auto written = letter.find("message_id"); written != letter.end()) {
    return written->get<std::string>();
  }
  for (const auto& [name, value] : headers) {
    if (name == kMessageIdHeader) {
      return value;
    }
  }
  return "";
}

}  // namespace

std::string EncodeLetter(const DeadLetter& letter) {
  return Dump({{"original_topic", letter.original_topic},
               {"original_partition", letter.original_partition},
               {"original_offset", letter.original_offset},
               {"first_offset", letter.first_offset},
               {"message_id", letter.message_id},
               {"type", letter.type},
               {"reason", letter.reason},
               {"headers", ToJson(letter.headers)}});
}

absl::StatusOr<DeadLetter> DecodeLetter(std::string_view json) {
  try {
    const Json parsed = Json::parse(json);
    DeadLetter letter;
    letter.original_topic = parsed.at("original_topic").get<std::string>();
    letter.original_partition = parsed.at("original_partition").get<int32_t>();
    letter.original_offset = parsed.at("original_offset").get<int64_t>();
    letter.first_offset = parsed.at("first_offset").get<int64_t>();
    letter.type = parsed.at("type").get<std::string>();
    letter.reason = parsed.at("reason").get<std::string>();
    letter.headers = HeadersOf(parsed.at("headers"));
    letter.message_id = MessageIdOf(parsed, letter.headers);
    return letter;
  } catch (const Json::exception&) {
    return NotOurs("a dead letter", json);
  }
}

std::string EncodeSent(const SentMessage& sent) {
  return Dump({{"topic", sent.topic}, {"headers", ToJson(sent.headers)}});
}

absl::StatusOr<SentMessage> DecodeSent(std::string_view json) {
  try {
    const Json parsed = Json::parse(json);
    return SentMessage{parsed.at("topic").get<std::string>(), HeadersOf(parsed.at("headers"))};
  } catch (const Json::exception&) {
    return NotOurs("a message", json);
  }
}

}  // namespace orderflow::order
