#include "libs/messaging/kafka_record.h"

#include <librdkafka/rdkafka.h>

#include <utility>
#include <vector>

namespace orderflow::messaging {
namespace {

constexpr size_t kFixedArguments = 5;  // topic, flags, key, value, opaque

std::string TextOf(const void* bytes, size_t size) {
  return bytes == nullptr ? std::string() : std::string(static_cast<const char*>(bytes), size);
}

// librdkafka's arguments are not const, but with F_COPY it does not write to them.
void* Mutable(const std::string& text) { return const_cast<char*>(text.data()); }

}  // namespace

int Produce(rd_kafka_s* client, const Record& record, void* opaque) {
  std::vector<rd_kafka_vu_t> arguments(kFixedArguments + record.headers.size());
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
  size_t next = kFixedArguments;
  for (const auto& [name, value] : record.headers) {
    arguments[next].vtype = RD_KAFKA_VTYPE_HEADER;
    arguments[next].u.header.name = name.c_str();
    arguments[next].u.header.val = value.data();
    arguments[next].u.header.size = static_cast<ssize_t>(value.size());
    ++next;
  }
  rd_kafka_error_t* error = rd_kafka_produceva(client, arguments.data(), arguments.size());
  // A client that is broken for good answers with what broke it.
  const rd_kafka_resp_err_t code = error != nullptr && rd_kafka_error_is_fatal(error) != 0
                                       ? RD_KAFKA_RESP_ERR__FATAL
                                       : rd_kafka_error_code(error);
  rd_kafka_error_destroy(error);
  return code;
}

Record ToRecord(const rd_kafka_message_s& message) {
  Record record{.topic = rd_kafka_topic_name(message.rkt),
                .key = TextOf(message.key, message.key_len),
                .value = TextOf(message.payload, message.len),
                .headers = {},
                .partition = message.partition,
                .offset = message.offset};
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const char* name = nullptr;
    const void* value = nullptr;
    size_t size = 0;
    for (size_t i = 0;
         rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
         ++i) {
      record.headers.Set(name, TextOf(value, size));
    }
  }
  return record;
}

}  // namespace orderflow::messaging
