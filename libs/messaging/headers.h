#pragma once

namespace orderflow::messaging {

// CloudEvents 1.0, Kafka binding in binary mode.
inline constexpr char kHeaderSpecVersion[] = "ce_specversion";
inline constexpr char kHeaderId[] = "ce_id";
inline constexpr char kHeaderType[] = "ce_type";
inline constexpr char kHeaderSource[] = "ce_source";
inline constexpr char kHeaderTime[] = "ce_time";
// W3C Trace Context.
inline constexpr char kHeaderTraceparent[] = "traceparent";
// What the value is, where it is not one message's own (packed_messages.h).
inline constexpr char kHeaderContentType[] = "content-type";
// Number of the message within its order and topic, from 1, without gaps.
inline constexpr char kHeaderSequence[] = "sequence";
// Added to dead letters: why, and where the record came from.
inline constexpr char kHeaderDlqReason[] = "dlq_reason";
inline constexpr char kHeaderDlqTopic[] = "dlq_topic";
inline constexpr char kHeaderDlqPartition[] = "dlq_partition";
inline constexpr char kHeaderDlqOffset[] = "dlq_offset";
inline constexpr char kHeaderDlqTime[] = "dlq_time";
// Added to a record that a person has sent to its topic again: the dead letter that it was,
// "<topic>/<partition>/<offset>", and the offset that it had when it first came.
inline constexpr char kHeaderRedrivenFrom[] = "redriven_from";
inline constexpr char kHeaderRedrivenOffset[] = "redriven_offset";
// Added instead of its value when a person has given a dead letter up: what waits behind it may go.
inline constexpr char kHeaderDiscarded[] = "discarded";
// Added to an event that a person has published again: by which request.
inline constexpr char kHeaderRepublished[] = "republished";

}  // namespace orderflow::messaging
