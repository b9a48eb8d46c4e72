#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds the commands below "payment" that compare our books with the provider's.
void AddReconcileCommands(CLI::App& payment, Session& session);

}  // namespace orderflow::orderctl
