#pragma once

#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace orderflow::orderctl {

class Session;

// Adds `redrive|discard` to the group `dlq`.
void AddDeadLetterSettleCommands(CLI::App& group, Session& session);

// Adds the required name of one dead letter.
void AddDeadLetterArgument(CLI::App& command, std::string& name);

}  // namespace orderflow::orderctl
