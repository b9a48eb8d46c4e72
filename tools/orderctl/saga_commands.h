#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `saga get|list|explain`.
void AddSagaCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
