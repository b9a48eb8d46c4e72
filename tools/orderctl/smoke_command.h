#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `smoke`.
void AddSmokeCommand(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
