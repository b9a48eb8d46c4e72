#pragma once

#include "libs/base/batch_pace.h"
#include "libs/config/settings.h"

namespace orderflow::service {

// The pace of a service's batches of orders, commands or replies.
BatchPace DeclareBatchPace(config::Settings& settings);

}  // namespace orderflow::service
