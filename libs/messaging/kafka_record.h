#pragma once

#include <vector>

#include "libs/messaging/record.h"

struct rd_kafka_s;
struct rd_kafka_message_s;

namespace orderflow::messaging {

// Queues a copy of `record` with `opaque`, which comes back with the delivery report. Returns
// librdkafka's error code, 0 when queued, ERR__FATAL for whatever has broken the client for good.
int Produce(rd_kafka_s* client, const Record& record, void* opaque);

// Appends what a consumed message holds: one record, or the messages of a packed one, unless it
// cannot be unpacked. Dead letters stay as they are, also one that is a packed record.
void AppendRecords(const rd_kafka_message_s& message, std::vector<Record>& records);

}  // namespace orderflow::messaging
