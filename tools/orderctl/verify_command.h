#pragma once

namespace CLI {
class App;
}

namespace orderflow::orderctl {

class Session;

// Adds "verify": reads every database and checks what Orderflow promises.
void AddVerifyCommand(CLI::App& app, Session& session);

}  // namespace orderflow::orderctl
