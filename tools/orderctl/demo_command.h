#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `demo`.
void AddDemoCommand(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
