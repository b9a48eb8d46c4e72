#include "tools/orderctl/session.h"

#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "CLI/CLI.hpp"
#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/rpc/channel.h"
#include "tools/client/identity_options.h"
#include "tools/orderctl/report.h"

namespace orderflow::orderctl {
namespace {

// ORDERFLOW_PORT_SHIFT moves every port of the local stack (deploy/local/settings.env).
int PortShift() {
  const char* text = std::getenv("ORDERFLOW_PORT_SHIFT");
  int shift = 0;
  if (text != nullptr) {
    const std::string_view view(text);
    std::from_chars(view.data(), view.data() + view.size(), shift);
  }
  return shift;
}

void AddAddress(CLI::App& app, const std::string& service, int port, std::string& address) {
  address = fmt::format("127.0.0.1:{}", port + PortShift());
  std::string variable = "ORDERFLOW_" + service + "_ADDRESS";
  for (char& letter : variable) {
    letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  }
  app.add_option("--" + service + "-address", address, "host:port of the " + service + " service")
      ->envname(variable)
      ->capture_default_str()
      ->group("Addresses");
}

}  // namespace

Session::Session(CLI::App& app) {
  app.add_flag("--json", json_, "Print one JSON document (stable) instead of text for people");
  app.add_option("--timeout", timeout_seconds_, "Seconds to wait for an answer")
      ->envname("ORDERFLOW_TIMEOUT_SECONDS")
      ->check(CLI::Range(0.001, 86400.0))
      ->capture_default_str();
  AddAddress(app, "order", 15051, addresses_.order);
  AddAddress(app, "saga", 15052, addresses_.saga);
  AddAddress(app, "payment", 15053, addresses_.payment);
  AddAddress(app, "inventory", 15054, addresses_.inventory);
  AddAddress(app, "notification", 15055, addresses_.notification);
  client::AddIdentityOptions(app, identity_);
}

ExitCode Session::Run() {
  INVARIANT(action_, "every command sets an action");
  absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> credentials =
      rpc::MakeCredentials(identity_);
  if (!credentials.ok()) {
    return Fail(credentials.status());
  }
  credentials_ = *std::move(credentials);
  return action_();
}

Duration Session::timeout() const {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(timeout_seconds_));
}

std::shared_ptr<grpc::Channel> Session::Connect(const std::string& address) const {
  return rpc::MakeChannel(address, {.credentials = credentials_});
}

std::string Session::ActorOr(const std::string& given) const {
  const char* user = std::getenv("USER");
  return given.empty() && identity_.token_file.empty() && user != nullptr ? user : given;
}

ExitCode Session::Show(const google::protobuf::Message& message,
                       const std::function<std::string()>& render) const {
  const std::string text = json_ ? ToJson(message) + "\n" : render();
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
  return kExitOk;
}

ExitCode Session::Fail(const absl::Status& status) const { return ReportError(status, json_); }

ExitCode Session::Fail(const absl::Status& status, const std::string& request_id) const {
  return Fail(NamingRequest(status, request_id));
}

}  // namespace orderflow::orderctl
