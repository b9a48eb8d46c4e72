#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `item upsert|get|list` and `stock adjust`.
void AddItemCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
