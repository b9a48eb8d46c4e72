#include "libs/messaging/kafka_record.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

#include "libs/messaging/headers.h"
#include "libs/messaging/packed_messages.h"
#include "libs/messaging/topics.h"

namespace orderflow::messaging {
namespace {

struct DestroyHeaders {
  void operator()(rd_kafka_headers_t* headers) const { rd_kafka_headers_destroy(headers); }
};
using HeadersHandle = std::unique_ptr<rd_kafka_headers_t, DestroyHeaders>;

std::string TextOf(const void* bytes, size_t size) {
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

// librdkafka's arguments are not const, but with F_COPY it does not write to them.
void* Mutable(const std::string& text) { return const_cast<char*>(text.data()); }

bool SaysThatItIsPacked(const rd_kafka_headers_t* headers) {
  const void* value = nullptr;
  size_t size = 0;
  return rd_kafka_header_get_last(headers, kHeaderContentType, &value, &size) ==
             RD_KAFKA_RESP_ERR_NO_ERROR &&
         value != nullptr &&
         std::string_view(static_cast<const char*>(value), size) == kPackedContentType;
}

std::string_view ValueOf(const rd_kafka_message_t& message) {
  return message.payload == nullptr
             ? std::string_view()
             : std::string_view(static_cast<const char*>(message.payload), message.len);
}

Record CopyOf(const rd_kafka_message_t& message, const rd_kafka_headers_t* headers) {
  Record record{.topic = rd_kafka_topic_name(message.rkt),
                .key = TextOf(message.key, message.key_len),
                .value = TextOf(message.payload, message.len),
                .headers = {},
                .partition = message.partition,
                .offset = message.offset};
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       headers != nullptr &&
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    record.headers.Set(name, TextOf(value, size));
  }
  return record;
}

}  // namespace

int Produce(rd_kafka_s* client, const Record& record, void* opaque) {
  // Headers that librdkafka makes itself it frees twice when it refuses the record for its topic
  // (its issue 4627, not mended in 2.8). Ours it takes only when it takes the record.
  HeadersHandle headers(rd_kafka_headers_new(record.headers.size()));
  for (const auto& [name, value] : record.headers) {
    rd_kafka_header_add(headers.get(), name.data(), static_cast<ssize_t>(name.size()), value.data(),
                        static_cast<ssize_t>(value.size()));
  }
  std::array<rd_kafka_vu_t, 6> arguments{};
  arguments[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  arguments[0].u.cstr = record.topic.c_str();
  arguments[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  arguments[1].u.i = RD_KAFKA_MSG_F_COPY;
  arguments[2].vtype = RD_KAFKA_VTYPE_KEY;
  arguments[2].u.mem.ptr = Mutable(record.key);
  arguments[2].u.mem.size = record.key.size();
  arguments[3].vtype = RD_KAFKA_VTYPE_VALUE;
  arguments[3].u.mem.ptr = Mutable(record.value);
  arguments[3].u.mem.size = record.value.size();
  arguments[4].vtype = RD_KAFKA_VTYPE_OPAQUE;
  arguments[4].u.ptr = opaque;
  arguments[5].vtype = RD_KAFKA_VTYPE_HEADERS;
  arguments[5].u.headers = headers.get();
  rd_kafka_error_t* error = rd_kafka_produceva(client, arguments.data(), arguments.size());
  if (error == nullptr) {
    static_cast<void>(headers.release());  // taken
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  }
  // A client that is broken for good answers with what broke it.
  const rd_kafka_resp_err_t code =
      rd_kafka_error_is_fatal(error) != 0 ? RD_KAFKA_RESP_ERR__FATAL : rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

void AppendRecords(const rd_kafka_message_s& message, std::vector<Record>& records) {
  rd_kafka_headers_t* headers = nullptr;
  rd_kafka_message_headers(&message, &headers);  // null: it has none
  const std::string_view topic = rd_kafka_topic_name(message.rkt);
  if (headers != nullptr && SaysThatItIsPacked(headers) && !IsDeadLetterTopic(topic) &&
      Unpack(ValueOf(message), {std::string(topic), message.partition}, message.offset, records)) {
    return;
  }
  records.push_back(CopyOf(message, headers));
}

}  // namespace orderflow::messaging
