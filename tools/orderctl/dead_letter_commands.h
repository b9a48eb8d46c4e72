#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `dlq list|show|redrive|discard|log`.
void AddDeadLetterCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
