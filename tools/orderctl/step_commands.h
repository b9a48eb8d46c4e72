#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// orderctl step: pausing and resuming one step in all sagas.
void AddStepCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
