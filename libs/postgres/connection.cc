#include "libs/postgres/connection.h"

#include <fcntl.h>
#include <unistd.h>

#include <pqxx/pqxx>
#include <unordered_map>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/errors.h"
#include "libs/postgres/rows_result.h"
#include "libs/postgres/watchdog.h"

namespace orderflow::postgres {
namespace {

void ForbidReconnect([[maybe_unused]] pqxx::connection& connection) {
#if PQXX_VERSION_MAJOR < 7  // libpqxx 7 never reconnects by itself
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  connection.inhibit_reactivation(true);
#pragma GCC diagnostic pop
#endif
}

pqxx::result ExecutePrepared(pqxx::nontransaction& session, const Statement& statement,
                             const Params& params) {
#if PQXX_VERSION_MAJOR < 7
  std::vector<const char*> values;
  values.reserve(params.values().size());
  for (const auto& value : params.values()) {
    values.push_back(value ? value->c_str() : nullptr);
  }
  return session.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(values));
#else
  pqxx::params values;
  values.reserve(params.values().size());
  for (const auto& value : params.values()) {
    if (value) {
      values.append(pqxx::zview(value->c_str(), value->size()));
    } else {
      values.append();
    }
  }
  return session.exec(pqxx::prepped(statement.name), values);
#endif
}

// PostgreSQL text cannot hold a zero byte, and libpq would silently cut the value there.
absl::Status CheckNoZeroByte(const Statement& statement, const Params& params) {
  int position = 1;
  for (const auto& value : params.values()) {
    if (value && value->find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          fmt::format("parameter {} of statement {} contains a zero byte, which text cannot hold: "
                      "reject such input",
                      position, statement.name));
    }
    ++position;
  }
  return absl::OkStatus();
}

}  // namespace

struct Connection::State {
  State(const std::string& connection_string, Watchdog& guarding_watchdog)
      : watchdog(guarding_watchdog), connection(connection_string) {
    ForbidReconnect(connection);
    // libpq closes its descriptor when the server goes away, and the number may be reused by
    // another thread at once. The duplicate is ours until the end, so the watchdog cannot hit a
    // stranger.
    socket = ::fcntl(connection.sock(), F_DUPFD_CLOEXEC, 0);
    if (socket < 0) {
      throw pqxx::broken_connection(
          "out of file descriptors: raise the open files limit (ulimit -n)");
    }
  }
  ~State() { ::close(socket); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  Watchdog& watchdog;
  pqxx::connection connection;
  int socket = -1;
  bool broken = false;
  std::unordered_map<std::string, const char*> prepared;  // SQL by statement name
};

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& connection_string,
                                                             Watchdog& watchdog) {
  try {
    return std::unique_ptr<Connection>(
        new Connection(std::make_unique<State>(connection_string, watchdog)));
  } catch (const std::exception&) {
    const absl::Status status = StatusFromException("connecting to PostgreSQL");
    // libpqxx reports some refusals (wrong password, no such database) as plain failures.
    return absl::UnavailableError(Message(status));
  }
}

absl::StatusOr<Rows> Connection::Execute(const Statement& statement, const Params& params) {
  RETURN_IF_ERROR(CheckNoZeroByte(statement, params));
  try {
    const Watchdog::Guard guard(state_->watchdog, state_->socket);
    const auto [known, is_new] = state_->prepared.try_emplace(statement.name, statement.sql);
    if (is_new) {
      state_->connection.prepare(statement.name, statement.sql);
    }
    INVARIANT(std::string_view(known->second) == statement.sql, "two statements of one name");
    pqxx::nontransaction session(state_->connection);
    return Rows(std::make_shared<const Rows::Result>(
        Rows::Result{ExecutePrepared(session, statement, params)}));
  } catch (const std::exception&) {
    return Fail(StatusFromException(fmt::format("statement {}", statement.name)));
  }
}

absl::Status Connection::Run(const std::string& sql, const std::string& tried) {
  try {
    const Watchdog::Guard guard(state_->watchdog, state_->socket);
    pqxx::nontransaction session(state_->connection);
    static_cast<void>(session.exec(sql));
    return absl::OkStatus();
  } catch (const std::exception&) {
    return Fail(StatusFromException(tried));
  }
}

absl::Status Connection::Commit() {
  const absl::Status status = Run("COMMIT", "COMMIT");
  // A refusal (deferred constraint, serialization failure) is an answer: nothing is committed. A
  // connection lost before the answer leaves both open, whatever error it came with.
  if (!status.ok() &&
      (status.code() == absl::StatusCode::kUnavailable || !state_->connection.is_open())) {
    return absl::UnknownError(
        fmt::format("connection lost during COMMIT, it may have been committed: read by key before "
                    "trying again ({})",
                    Message(status)));
  }
  return status;
}

bool Connection::usable() const { return !state_->broken && state_->connection.is_open(); }

absl::Status Connection::Fail(absl::Status status) {
  if (!state_->connection.is_open() && status.code() != absl::StatusCode::kUnknown) {
    // libpqxx throws a plain failure for some ways to lose a connection.
    status = absl::UnavailableError(Message(status));
  }
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
      state_->broken = true;
      break;
    default:
      break;
  }
  return status;
}

}  // namespace orderflow::postgres
