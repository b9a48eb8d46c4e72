#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `notification list`.
void AddNotificationCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
