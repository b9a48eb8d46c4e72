#pragma once

#include "google/protobuf/util/time_util.h"
#include "libs/base/clock.h"

namespace orderflow::rpc {

// A point in time as the APIs carry it, to the microsecond.
inline google::protobuf::Timestamp ToProtoTime(Timestamp time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

// The point in time that an API carries, to the microsecond.
inline Timestamp FromProtoTime(const google::protobuf::Timestamp& time) {
  return Timestamp(Duration(google::protobuf::util::TimeUtil::TimestampToMicroseconds(time)));
}

}  // namespace orderflow::rpc
