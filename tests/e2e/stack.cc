#include "tests/e2e/stack.h"

#include <sys/wait.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/rpc/client_credentials.h"

namespace orderflow::e2e {
namespace {

std::string ScriptFor(const std::string& name) {
  return name == "kafka" || name == "postgres" ? fmt::format("deploy/local/{}.sh", name)
                                               : "deploy/local/services.sh";
}

std::string Command(const std::string& verb, const std::string& name) {
  const std::string script = ScriptFor(name);
  return script == "deploy/local/services.sh" ? fmt::format("{} {} {}", script, verb, name)
                                              : fmt::format("{} {}", script, verb);
}

}  // namespace

const Stack& Stack::Get() {
  static const Stack stack([] {
    const char* dir = std::getenv("ORDERFLOW_E2E_DIR");
    INVARIANT(dir != nullptr, "run by ctest, or set ORDERFLOW_E2E_DIR to a folder of stack.sh up");
    return std::string(dir);
  }());
  return stack;
}

Stack::Stack(std::string dir) : dir_(std::move(dir)) {
  std::ifstream file(dir_ + "/stack.env");
  INVARIANT(file.good(), "stack.env is missing: tests/e2e/stack.sh up <folder>");
  for (std::string line; std::getline(file, line);) {
    std::erase(line, '\\');  // written for shells
    const size_t separator = line.find('=');
    settings_[line.substr(0, separator)] = line.substr(separator + 1);
  }
}

const std::string& Stack::operator[](const std::string& name) const {
  const auto found = settings_.find(name);
  INVARIANT(found != settings_.end(), "a setting that stack.env does not have");
  return found->second;
}

std::shared_ptr<grpc::ChannelCredentials> Stack::Credentials() const {
  const auto setting = [this](const std::string& name) {
    const auto found = settings_.find(name);
    return found == settings_.end() ? "" : found->second;
  };
  const auto credentials =
      rpc::MakeCredentials({.tls = {.certificate_chain = setting("ORDERFLOW_TLS_CERTIFICATE_FILE"),
                                    .private_key = setting("ORDERFLOW_TLS_PRIVATE_KEY_FILE"),
                                    .authorities = setting("ORDERFLOW_TLS_AUTHORITIES_FILE")},
                            .token_file = setting("ORDERFLOW_TOKEN_FILE")});
  INVARIANT(credentials.ok(), "stack.sh has written the operator's certificate and token");
  return *credentials;
}

messaging::KafkaSecurity Stack::KafkaLogin() const {
  messaging::KafkaSecurity security;
  const std::map<std::string, std::string*> fields = {
      {"security.protocol", &security.protocol},
      {"ssl.ca.location", &security.authorities_file},
      {"sasl.mechanism", &security.sasl_mechanism},
      {"sasl.username", &security.sasl_username},
      {"sasl.password", &security.sasl_password}};
  // Written by deploy/local/kafka.sh, for kcat; not there where the stack asks nobody.
  std::ifstream file((*this)["ORDERFLOW_STATE_DIR"] + "/kafka/client.properties");
  for (std::string line; std::getline(file, line);) {
    const size_t separator = line.find('=');
    if (const auto field = fields.find(line.substr(0, separator)); field != fields.end()) {
      *field->second = line.substr(separator + 1);
    }
  }
  return security;
}

void Stack::Kill(const std::string& name) const { Must(Command("kill", name)); }
void Stack::Start(const std::string& name) const { Must(Command("up", name)); }

int Stack::PidOf(const std::string& name) const {
  std::ifstream file((*this)["ORDERFLOW_STATE_DIR"] + "/pids/" + name);
  int pid = 0;
  file >> pid;
  INVARIANT(pid > 0, "the process has been started");
  return pid;
}

int64_t Stack::StatusOf(const std::string& name, const std::string& field) const {
  std::ifstream file(fmt::format("/proc/{}/status", PidOf(name)));
  for (std::string word; file >> word;) {
    if (word == field + ":") {
      int64_t value = -1;
      file >> value;
      return value;
    }
  }
  return -1;
}

Stack::Result Stack::Run(const std::string& command) const {
  const std::string line =
      fmt::format("set -a; . '{}/stack.env'; set +a; {{ {}; }} 2>&1", dir_, command);
  FILE* pipe = popen(line.c_str(), "r");
  INVARIANT(pipe != nullptr, "a shell can be started");
  Result result{.exit_code = 0, .output = ""};
  std::array<char, 4096> buffer{};
  for (size_t size = 0; (size = fread(buffer.data(), 1, buffer.size(), pipe)) > 0;) {
    result.output.append(buffer.data(), size);
  }
  result.exit_code = WEXITSTATUS(pclose(pipe));
  return result;
}

void Stack::Must(const std::string& command) const {
  const Result result = Run(command);
  if (result.exit_code != 0) {
    std::fprintf(stderr, "%s\n%s\n", command.c_str(), result.output.c_str());
  }
  INVARIANT(result.exit_code == 0, "the stack obeys");
}

}  // namespace orderflow::e2e
