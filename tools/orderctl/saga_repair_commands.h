#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds `retry|skip|compensate|pause|resume|park|unpark|log` to the group `saga`.
void AddSagaRepairCommands(CLI::App& group, Session& session);

}  // namespace orderflow::orderctl
