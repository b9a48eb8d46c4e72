#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `order create|get|list|cancel|watch`. `app` and `session` must outlive the run.
void AddOrderCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
