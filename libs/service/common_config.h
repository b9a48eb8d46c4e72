#pragma once

#include "libs/config/settings.h"
#include "libs/service/process.h"

namespace orderflow::service {

// Declares the settings that every process has.
CommonConfig DeclareCommon(config::Settings& settings, const ProcessDescription& description);

}  // namespace orderflow::service
