#pragma once

#include "libs/messaging/record.h"

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace orderflow::messaging {

// Queues a copy of `record` with `opaque`, which comes back with the delivery report. Returns
// librdkafka's error code, 0 when queued, ERR__FATAL for whatever has broken the client for good.
int Produce(rd_kafka_s* client, const Record& record, void* opaque);

// Copies a consumed message.
Record ToRecord(const rd_kafka_message_s& message);

}  // namespace orderflow::messaging
