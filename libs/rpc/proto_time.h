#pragma once

#include "google/protobuf/util/time_util.h"
#include "libs/base/clock.h"

namespace orderflow::rpc {

// A point in time as the APIs carry it, to the microsecond.
inline google::protobuf::Timestamp ToProtoTime(Timestamp time) {
  return google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(time.time_since_epoch().count());
}

}  // namespace orderflow::rpc
