#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orderflow::outbox {

// A message to be published, as stored in the outbox table.
struct OutboxMessage {
  std::string message_id;  // UUIDv7 text, becomes ce_id; ascending ids are publication order
  std::string topic;
  std::string key;           // order id
  std::string type;          // full protobuf message name, becomes ce_type
  int64_t sequence = 0;      // per order and topic, from 1; 0: not numbered
  std::string traceparent;   // may be empty
  std::string payload;       // serialized protobuf
  std::string headers_json;  // further headers as a flat JSON object; empty: none
  // The row that holds it, with the other messages of its transaction; set by FormBatch.
  std::string batch_id = {};
};

// Into publication order. Pure.
void SortById(std::vector<OutboxMessage>::iterator begin, std::vector<OutboxMessage>::iterator end);

// The messages of a transaction, at least one, as they are stored: sorted by id, with their row's
// id. Pure.
void FormBatch(std::vector<OutboxMessage>& messages);

}  // namespace orderflow::outbox
