#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/config/settings.h"
#include "libs/service/process.h"

namespace orderflow::service {

inline constexpr char kServe[] = "";  // no flag: run the service
inline constexpr char kHelp[] = "--help";
inline constexpr char kSettingsMarkdown[] = "--settings-markdown";
inline constexpr char kMetricsMarkdown[] = "--metrics-markdown";
inline constexpr char kShowVersion[] = "--version";
inline constexpr char kMigrate[] = "--migrate";
inline constexpr char kCheckReady[] = "--check-ready";

// The one flag given, or kServe. kInvalidArgument for an unknown flag or more than one: everything
// else is configured by the environment.
absl::StatusOr<std::string> ParseCommandLine(int argc, char** argv,
                                             const std::vector<Command>& commands);

// What --help prints.
std::string HelpText(const ProcessDescription& description, const std::vector<Command>& commands,
                     const config::Settings& settings);

}  // namespace orderflow::service
