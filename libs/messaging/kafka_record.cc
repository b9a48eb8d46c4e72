#include "libs/messaging/kafka_record.h"

#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <utility>

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
