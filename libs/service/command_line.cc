#include "libs/service/command_line.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

namespace orderflow::service {
namespace {

using Flag = std::pair<std::string, std::string>;

std::vector<Flag> FlagsOf(const std::vector<Command>& commands) {
  std::vector<Flag> flags = {
      {kHelp, "print this text"},
      {kShowVersion, "print version and commit"},
      {kSettingsMarkdown, "print the settings as a Markdown table"},
      {kMetricsMarkdown, "print the metrics as a Markdown table"},
      {kMigrate, "bring the database up to this binary's schema, then exit; idempotent"},
      {kCheckReady, "ask the instance with these settings whether it is ready; 1 when it is not"}};
  for (const Command& command : commands) {
    flags.emplace_back(command.flag, command.description);
  }
  return flags;
}

}  // namespace

absl::StatusOr<std::string> ParseCommandLine(int argc, char** argv,
                                             const std::vector<Command>& commands) {
  if (argc <= 1) {
    return std::string(kServe);
  }
  if (argc > 2) {
    return absl::InvalidArgumentError(fmt::format("at most one flag can be given; try {}", kHelp));
  }
  const std::string given = argv[1];
  const std::string wanted = given == "-h" ? kHelp : given;
  const std::vector<Flag> flags = FlagsOf(commands);
  if (std::none_of(flags.begin(), flags.end(),
                   [&wanted](const Flag& flag) { return flag.first == wanted; })) {
    return absl::InvalidArgumentError(fmt::format("{} is not a flag; try {}", given, kHelp));
  }
  return wanted;
}

std::string HelpText(const ProcessDescription& description, const std::vector<Command>& commands,
                     const config::Settings& settings) {
  const std::vector<Flag> flags = FlagsOf(commands);
  size_t width = 0;
  for (const Flag& flag : flags) {
    width = std::max(width, flag.first.size());
  }
  std::string text = fmt::format(
      "{}: {}\n\nUsage: {} [FLAG]\nWithout a flag it serves until SIGTERM or SIGINT.\n\nFlags:\n",
      description.name, description.summary, description.name);
  for (const auto& [flag, meaning] : flags) {
    text += fmt::format("  {:<{}}  {}\n", flag, width, meaning);
  }
  return text + fmt::format("\nSettings (environment variable, default, meaning):\n{}",
                            settings.HelpText());
}

}  // namespace orderflow::service
