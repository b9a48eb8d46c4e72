#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `saga get|list|explain` and the commands that repair sagas.
void AddSagaCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
