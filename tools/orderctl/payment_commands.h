#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `payment get|list`.
void AddPaymentCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
