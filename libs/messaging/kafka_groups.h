#pragma once

namespace orderflow::messaging {

// librdkafka wants a group name of every reader; no offset is ever stored under these.
inline constexpr char kBroadcastGroup[] = "orderflow-broadcast";
inline constexpr char kLogReaderGroup[] = "orderflow-log-reader";

}  // namespace orderflow::messaging
