#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// orderctl event: publishing events again after a loss of Kafka.
void AddEventCommands(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
