#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/rpc/client_credentials.h"
#include "tools/orderctl/exit_code.h"
#include "tools/orderctl/table.h"
#include "tools/orderctl/terminal.h"

namespace CLI {
class App;
}
namespace google::protobuf {
class Message;
}
namespace grpc {
class Channel;
}

namespace orderflow::orderctl {

// Where each service answers.
struct Addresses {
  std::string order;
  std::string saga;
  std::string payment;
  std::string inventory;
  std::string notification;
};

// One run of orderctl: the flags that every command has, the action that the command line chose,
// and how its result is shown. Commands set the action while flags are parsed; main runs it after.
class Session {
 public:
  // Declares the global flags; each can also be set by the environment (see --help).
  explicit Session(CLI::App& app);

  void SetAction(std::function<ExitCode()> action) { action_ = std::move(action); }
  ExitCode Run();

  bool json() const { return json_; }
  Duration timeout() const;
  const Addresses& addresses() const { return addresses_; }
  const Terminal& terminal() const { return terminal_; }

  // A channel to one service, encrypted and with the token as the flags say; connects at the first
  // call.
  std::shared_ptr<grpc::Channel> Connect(const std::string& address) const;

  // Who is to be recorded for an action: `given` with --as; else the user of this machine, or, with
  // a token, nobody, because the service records the token's subject.
  std::string ActorOr(const std::string& given) const;

  // Shows a result: the message as JSON, or the text that `render` makes of it.
  ExitCode Show(const google::protobuf::Message& message,
                const std::function<std::string()>& render) const;
  ExitCode Fail(const absl::Status& status) const;
  // For calls that change something: when it is not known whether they took effect, names the
  // request id with which they can be repeated safely.
  ExitCode Fail(const absl::Status& status, const std::string& request_id) const;

 private:
  Addresses addresses_;
  rpc::ClientIdentity identity_;
  std::shared_ptr<grpc::ChannelCredentials> credentials_;
  bool json_ = false;
  double timeout_seconds_ = 10;
  Terminal terminal_ = Terminal::ForStandardOutput();
  std::function<ExitCode()> action_;
};

}  // namespace orderflow::orderctl
