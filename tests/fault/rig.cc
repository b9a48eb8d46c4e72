#include "tests/fault/rig.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"

namespace orderflow::fault {
namespace {

void SetEnvironment(const std::string& name, const std::string& value) {
  INVARIANT(::setenv(name.c_str(), value.c_str(), 1) == 0, "the environment can be set");
}

const char* PrefixOf(const std::string& name) {
  for (const Process& process : kProcesses) {
    if (name == process.name) {
      return process.prefix;
    }
  }
  return nullptr;
}

std::string Script(const std::string& verb, const std::string& name) {
  if (name.rfind("kafka-", 0) == 0) {
    return fmt::format("deploy/local/kafka.sh {} {}", verb, name.back());
  }
  return PrefixOf(name) == nullptr ? fmt::format("deploy/local/{}.sh {}", name, verb)
                                   : fmt::format("deploy/local/services.sh {} {}", verb, name);
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    lines.push_back(line);
  }
  return lines;
}

int RunQuietly(const std::string& command) { return std::system((command + " >&2").c_str()); }

}  // namespace

absl::StatusOr<std::unique_ptr<Rig>> Rig::Start(const std::string& dir, int brokers) {
  SetEnvironment("KAFKA_NODES", std::to_string(brokers));
  SetEnvironment("ORDER_EXTRA_ENV", fmt::format("ORDERFLOW_KAFKA_TOPIC_REPLICATION={}", brokers));
  // Short leases and sessions, so that a round does not wait for them, and mails that keep up with
  // the clients.
  const std::string session = "ORDERFLOW_KAFKA_SESSION_TIMEOUT_MS=6000";
  SetEnvironment("SAGA_EXTRA_ENV", session);
  SetEnvironment("INVENTORY_EXTRA_ENV", session);
  SetEnvironment(
      "PAYMENT_EXTRA_ENV",
      session + " ORDERFLOW_PROVIDER_TIMEOUT_MS=1000 ORDERFLOW_PROVIDER_CALL_LEASE_MS=6000");
  SetEnvironment("NOTIFICATION_EXTRA_ENV", session +
                                               " ORDERFLOW_MAILS_PER_SECOND_MAX=1000"
                                               " ORDERFLOW_NOTIFICATION_ABANDONED_AGE_MS=20000");
  // Enough partitions for two instances of each.
  SetEnvironment("KAFKA_TOPIC_PARTITIONS", "4");
  // A run that was killed may have left its stack, which knows other proxies.
  if (RunQuietly(fmt::format("tests/e2e/stack.sh down '{0}' && rm -rf '{0}/logs' '{0}/mail' && "
                             "tests/e2e/stack.sh ports '{0}'",
                             dir)) != 0) {
    return absl::UnavailableError(fmt::format("no ports for a stack in {}", dir));
  }
  std::unique_ptr<Rig> rig(new Rig(dir));
  if (rig->Setting("SECURE") == "1") {
    SetEnvironment("KCAT_CONFIG", rig->Setting("ORDERFLOW_STATE_DIR") + "/kafka/client.properties");
  }
  rig->StartProxies(brokers);
  RETURN_IF_ERROR(rig->PlaceShims());
  if (RunQuietly(fmt::format("tests/e2e/stack.sh up '{}'", dir)) != 0) {
    return absl::UnavailableError(fmt::format("the stack in {} does not start, see its logs", dir));
  }
  return rig;
}

Rig::Rig(const std::string& dir) : dir_(dir), stack_(dir) {}

Rig::~Rig() {
  std::error_code ignored;
  std::filesystem::remove_all(shims_dir_, ignored);
  if (RunQuietly(fmt::format("tests/e2e/stack.sh down '{}'", dir_)) != 0) {
    std::fprintf(stderr, "the stack in %s does not stop\n", dir_.c_str());
  }
}

void Rig::StartProxies(int brokers) {
  const auto add = [this](const std::string& name, int target, const std::string& setting) {
    auto proxy = std::make_unique<testing::TcpProxy>(target);
    SetEnvironment(setting, std::to_string(proxy->port()));
    proxies_[name] = std::move(proxy);
  };
  for (const Process& process : kProcesses) {
    add(process.name, Port("POSTGRES_PORT"), fmt::format("{}_POSTGRES_PORT", process.prefix));
    // A client goes where the broker tells it to: each process has a listener of its own there.
    const std::string setting = fmt::format("{}_KAFKA_ADVERTISED_PORT", process.prefix);
    if (brokers == 1 && process.uses_kafka) {
      add(KafkaOf(process.name), Port(fmt::format("KAFKA_PORT_OF_{}", process.prefix)), setting);
    } else {
      INVARIANT(::unsetenv(setting.c_str()) == 0, "the environment can be changed");
    }
  }
  add("provider", Port("PROVIDER_GRPC_PORT"), "PAYMENT_PROVIDER_PORT");
  add("inventory", Port("INVENTORY_GRPC_PORT"), "ORDER_INVENTORY_PORT");
  add("webhooks", Port("PAYMENT_WEBHOOK_PORT"), "PROVIDER_WEBHOOK_PORT");
  add("mail", Port("MAIL_SMTP_PORT"), "NOTIFICATION_SMTP_PORT");
  auto api = std::make_unique<testing::TcpProxy>(Port("ORDER_GRPC_PORT"));
  api_address_ = fmt::format("127.0.0.1:{}", api->port());
  proxies_["api"] = std::move(api);
}

// Every account may read them, wherever the checkout is. The servers have theirs from the start.
absl::Status Rig::PlaceShims() {
  std::string pattern = std::filesystem::temp_directory_path() / "orderflow-fault-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) {
    return absl::UnavailableError(fmt::format("no folder like {} can be made", pattern));
  }
  shims_dir_ = pattern;
  std::error_code error;
  std::filesystem::permissions(shims_dir_, std::filesystem::perms(0755), error);
  for (const std::string shim : {"failing_disk.so", "skewed_clock.so"}) {
    if (!std::filesystem::copy_file(Setting("ORDERFLOW_BUILD_DIR") + "/bin/" + shim,
                                    SharedFile(shim), error)) {
      return absl::UnavailableError(
          fmt::format("{} cannot be written: {}", SharedFile(shim), error.message()));
    }
  }
  for (const std::string server : {"postgres", "kafka"}) {
    SetEnvironment(server == "kafka" ? "KAFKA_EXTRA_ENV" : "POSTGRES_EXTRA_ENV",
                   fmt::format("LD_PRELOAD={} FAILING_DISK_SWITCH={}",
                               SharedFile("failing_disk.so"), SharedFile(server)));
  }
  return absl::OkStatus();
}

absl::Status Rig::FailDisk(const std::string& server, const std::string& trouble) const {
  const std::string file = SharedFile(server);
  std::ofstream(file + ".new") << trouble;
  std::error_code error;
  std::filesystem::rename(file + ".new", file, error);  // whole, or not there
  return error ? absl::UnavailableError(fmt::format("{}: {}", file, error.message()))
               : absl::OkStatus();
}

void Rig::MendDisk(const std::string& server) const {
  std::error_code ignored;
  std::filesystem::remove(SharedFile(server), ignored);
}

int Rig::Port(const std::string& name) const { return std::stoi(Setting(name)); }

absl::StatusOr<pid_t> Rig::PidOf(const std::string& name) const {
  std::ifstream file(fmt::format("{}/pids/{}", Setting("ORDERFLOW_STATE_DIR"), name));
  pid_t pid = 0;
  if (!(file >> pid)) {
    return absl::NotFoundError(fmt::format("{} does not run", name));
  }
  return pid;
}

int Rig::PortOf(const std::string& name) const {
  const char* prefix = PrefixOf(name);
  if (name.rfind("kafka-", 0) == 0) {
    return Port(fmt::format("KAFKA_PORT_{}", name.back()));
  }
  return prefix != nullptr ? Port(fmt::format("{}_GRPC_PORT", prefix))
                           : Port(name == "kafka" ? "KAFKA_PORT" : "POSTGRES_PORT");
}

int Rig::AdminPortOf(const std::string& name) const {
  return Port(fmt::format("{}_ADMIN_PORT", PrefixOf(name)));
}

absl::Status Rig::Up(const std::string& name) const { return Run(Script("up", name)).status(); }
absl::Status Rig::UpWith(const std::string& name, const std::string& setting) const {
  return Run(fmt::format("{0}_EXTRA_ENV=\"${{{0}_EXTRA_ENV:-}} {1}\" {2}", PrefixOf(name), setting,
                         Script("up", name)))
      .status();
}
absl::Status Rig::Launch(const std::string& name) const {
  return Run(Script("launch", name)).status();
}
absl::Status Rig::Down(const std::string& name) const { return Run(Script("down", name)).status(); }

bool Rig::IsReady(int admin_port) const {
  return Run(fmt::format("curl -fsS --max-time 2 http://127.0.0.1:{}/readyz", admin_port)).ok();
}

absl::StatusOr<std::string> Rig::Run(const std::string& command) const {
  const e2e::Stack::Result result = stack_.Run(command);
  if (result.exit_code != 0) {
    return absl::UnavailableError(
        fmt::format("'{}' exited with {}: {}", command, result.exit_code, result.output));
  }
  return result.output;
}

absl::StatusOr<int64_t> Rig::RunForNumber(const std::string& command) const {
  ASSIGN_OR_RETURN(const std::string text, Run(command));
  int64_t number = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) {
    return absl::UnavailableError(fmt::format("'{}' prints '{}', no number", command, text));
  }
  return number;
}

absl::StatusOr<int64_t> Rig::Count(const std::string& database, const std::string& query) const {
  return RunForNumber(
      fmt::format("psql -X -At \"$ORDERFLOW_VERIFY_{}_URL\" -c \"{}\"", database, query));
}

absl::StatusOr<double> Rig::Metric(int admin_port, const std::string& name,
                                   const std::string& label) const {
  ASSIGN_OR_RETURN(
      const std::string text,
      Run(fmt::format("curl -fsS --max-time 2 http://127.0.0.1:{}/metrics", admin_port)));
  double sum = 0;
  for (const std::string& line : Lines(text)) {
    const bool is_sample = line.rfind(name + "{", 0) == 0 || line.rfind(name + " ", 0) == 0;
    if (is_sample && line.find(label) != std::string::npos) {
      sum += std::strtod(line.c_str() + line.rfind(' '), nullptr);
    }
  }
  return sum;
}

void Rig::ExpectDeadLetter(const std::string& letter) {
  MutexLock lock(mutex_);
  expected_dead_letters_.push_back(letter);
}

std::vector<std::string> Rig::expected_dead_letters() const {
  MutexLock lock(mutex_);
  std::vector<std::string> letters = expected_dead_letters_;
  std::sort(letters.begin(), letters.end());
  return letters;
}

void Rig::TopicsAreNew() {
  MutexLock lock(mutex_);
  expected_dead_letters_.clear();
  ++topics_made_anew_;
}

int Rig::topics_made_anew() const {
  MutexLock lock(mutex_);
  return topics_made_anew_;
}

absl::StatusOr<std::vector<std::string>> Rig::ReadDeadLetters() const {
  ASSIGN_OR_RETURN(
      const std::string text,
      Run("for topic in inventory.commands payment.commands order.replies order.events; do "
          "kcat -b \"$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS\" -C -q -e -o beginning -t $topic.dlq "
          "-X fetch.wait.max.ms=10 "
          "-f \"$topic %k\\n\" || exit 1; done"));
  std::vector<std::string> letters = Lines(text);
  std::sort(letters.begin(), letters.end());
  return letters;
}

}  // namespace orderflow::fault
