#include "libs/postgres/connection.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
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

struct FinishConnection {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using OwnedConnection = std::unique_ptr<PGconn, FinishConnection>;

constexpr std::string_view kDivisionByZero = "22012";

void IgnoreNotice(void* /*unused*/, const char* /*message*/) {}

// PostgreSQL text cannot hold a zero byte, and libpq would silently cut a text parameter there.
absl::Status CheckParams(const Statement& statement, const Params& params) {
  if (!params.status().ok()) {
    return absl::InvalidArgumentError(
        fmt::format("statement {}: {}", statement.name, Message(params.status())));
  }
  int position = 1;
  for (const Param& param : params.values()) {
    if (param.binary_type == 0 && param.value && param.value->find('\0') != std::string::npos) {
      return absl::InvalidArgumentError(
          fmt::format("parameter {} of statement {} contains a zero byte, which text cannot hold: "
                      "reject such input",
                      position, statement.name));
    }
    ++position;
  }
  return absl::OkStatus();
}

// The statement with a last parameter, the number of rows that it must touch. With another number
// it divides by zero: an error without a function or a trigger in every database.
std::string CountingSql(const Statement& statement, const Params& params) {
  return fmt::format(
      "WITH touched AS ({} RETURNING 1) SELECT 1 / (count(*) = ${})::integer FROM touched",
      statement.sql, params.values().size() + 1);
}

// Parameters in the form of libpq's calls; valid as long as what they were made of.
struct ParamColumns {
  explicit ParamColumns(const Params& params, const std::string& rows) {
    for (const Param& param : params.values()) {
      Add(param.value ? &*param.value : nullptr, param.binary_type);
    }
    if (!rows.empty()) {
      Add(&rows, 0);
    }
  }

  void Add(const std::string* value, uint32_t binary_type) {
    values.push_back(value != nullptr ? value->data() : nullptr);
    lengths.push_back(value != nullptr ? static_cast<int>(value->size()) : 0);
    formats.push_back(binary_type != 0 ? 1 : 0);
    types.push_back(binary_type);
  }

  int size() const { return static_cast<int>(values.size()); }

  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  std::vector<Oid> types;
};

absl::Status StatusOf(const PGresult* result, const std::string& tried) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      return absl::OkStatus();
    default:
      break;
  }
  const char* sql_state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return StatusFromSqlState(tried, sql_state != nullptr ? sql_state : "",
                            message != nullptr ? message : PQresultErrorMessage(result));
}

}  // namespace

struct Connection::State {
  // A message in the pipeline whose answer has not been read.
  struct Sent {
    std::string tried;
    std::string prepares = {};  // the name of the statement that it prepares, else empty
    RowsCheck check = {};
    absl::Status otherwise = {};  // what a division by zero means, if the statement counts its rows
  };

  State(OwnedConnection opened, int owned_socket, Watchdog& guarding_watchdog)
      : watchdog(guarding_watchdog), connection(std::move(opened)), socket(owned_socket) {}
  ~State() { ::close(socket); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  bool IsConnected() const { return PQstatus(connection.get()) == CONNECTION_OK; }
  absl::Status EnterPipeline();
  absl::Status Prepare(const std::string& name, const Statement& statement, const Params& params,
                       const ParamColumns& columns);
  absl::Status Send(const Statement& statement, const Params& params, const std::string& rows = "");
  absl::Status SendPlain(const char* sql);
  absl::StatusOr<Rows> Synchronize();
  absl::StatusOr<Rows> ReadAnswer(const Sent& sent);
  absl::Status Lost(const std::string& tried);
  absl::Status Fail(absl::Status status);

  Watchdog& watchdog;
  const OwnedConnection connection;
  // libpq closes its descriptor when the server goes away, and the number may be reused by another
  // thread at once. This duplicate is ours until the end, so the watchdog cannot hit a stranger.
  const int socket;
  bool broken = false;
  bool answered = false;
  bool lost = false;  // an answer was not heard: what the server did is not known
  std::vector<Sent> pipeline;
  std::unordered_map<std::string, const char*> prepared;  // Statement::sql by the name it has there
};

absl::Status Connection::State::Lost(const std::string& tried) {
  lost = true;
  return Fail(StatusFromSqlState(tried, "", PQerrorMessage(connection.get())));
}

absl::Status Connection::State::Fail(absl::Status status) {
  switch (status.code()) {
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kInternal:
      broken = true;
      break;
    default:
      break;
  }
  return status;
}

absl::Status Connection::State::EnterPipeline() {
  return PQenterPipelineMode(connection.get()) == 1 ? absl::OkStatus()
                                                    : Lost("starting a pipeline");
}

absl::Status Connection::State::Prepare(const std::string& name, const Statement& statement,
                                        const Params& params, const ParamColumns& columns) {
  const auto [known, is_new] = prepared.try_emplace(name, statement.sql);
  INVARIANT(std::string_view(known->second) == statement.sql, "two statements of one name");
  if (!is_new) {
    return absl::OkStatus();
  }
  const bool counts_rows = columns.size() > static_cast<int>(params.values().size());
  const std::string sql = counts_rows ? CountingSql(statement, params) : statement.sql;
  if (PQsendPrepare(connection.get(), name.c_str(), sql.c_str(), columns.size(),
                    columns.types.data()) != 1) {
    return Lost(fmt::format("preparing statement {}", name));
  }
  pipeline.push_back({.tried = fmt::format("preparing statement {}", name), .prepares = name});
  return absl::OkStatus();
}

// `rows`: how many the server must count; empty: it does not count.
absl::Status Connection::State::Send(const Statement& statement, const Params& params,
                                     const std::string& rows) {
  RETURN_IF_ERROR(CheckParams(statement, params));
  const Watchdog::Guard guard(watchdog, socket);  // a full send buffer waits for the server
  RETURN_IF_ERROR(EnterPipeline());
  const std::string name = fmt::format("{}{}", statement.name, rows.empty() ? "" : "_exactly");
  const ParamColumns columns(params, rows);
  RETURN_IF_ERROR(Prepare(name, statement, params, columns));
  std::string tried = fmt::format("statement {}", name);
  if (PQsendQueryPrepared(connection.get(), name.c_str(), columns.size(), columns.values.data(),
                          columns.lengths.data(), columns.formats.data(), 0) != 1) {
    return Lost(tried);
  }
  pipeline.push_back({.tried = std::move(tried)});
  return absl::OkStatus();
}

absl::Status Connection::State::SendPlain(const char* sql) {
  const Watchdog::Guard guard(watchdog, socket);
  RETURN_IF_ERROR(EnterPipeline());
  if (PQsendQueryParams(connection.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) {
    return Lost(sql);
  }
  pipeline.push_back({.tried = sql});
  return absl::OkStatus();
}

// The answer to one message of the pipeline. kCancelled: skipped by the server, as an earlier one
// failed.
absl::StatusOr<Rows> Connection::State::ReadAnswer(const Sent& sent) {
  OwnedResult result(PQgetResult(connection.get()));
  if (result == nullptr) {
    return Lost(sent.tried);
  }
  while (OwnedResult rest{PQgetResult(connection.get())}) {
  }
  if (PQresultStatus(result.get()) == PGRES_PIPELINE_ABORTED) {
    return absl::CancelledError("skipped");
  }
  const absl::Status status = StatusOf(result.get(), sent.tried);
  if (!status.ok()) {
    const char* sql_state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    // The session is as good as before: it need not be opened, and its statements not be planned,
    // anew.
    if (sql_state != nullptr && sql_state == kDivisionByZero && !sent.otherwise.ok()) {
      return sent.otherwise;
    }
    lost = lost || sql_state == nullptr;  // without one it is libpq that speaks, not the server
    return Fail(status);
  }
  answered = true;
  return Rows(std::make_shared<const Rows::Result>(Rows::Result{std::move(result)}));
}

// Sends the pipeline and reads its answers. Returns the last one, or the first error.
absl::StatusOr<Rows> Connection::State::Synchronize() {
  const std::vector<Sent> waiting = std::exchange(pipeline, {});
  const Watchdog::Guard guard(watchdog, socket);
  if (PQpipelineSync(connection.get()) != 1) {
    return Lost(waiting.back().tried);
  }
  absl::StatusOr<Rows> answer = absl::InternalError("an empty pipeline");
  absl::Status failure;
  for (const Sent& sent : waiting) {
    answer = ReadAnswer(sent);
    absl::Status status = answer.status();
    if (status.ok() && sent.check) {
      status = sent.check(*answer);
    }
    if (!answer.ok()) {
      prepared.erase(sent.prepares);
    }
    if (failure.ok()) {
      failure = std::move(status);
    }
    if (lost || !IsConnected()) {
      lost = true;
      return failure.ok() ? Lost(sent.tried) : failure;
    }
  }
  const OwnedResult end(PQgetResult(connection.get()));
  if (PQresultStatus(end.get()) != PGRES_PIPELINE_SYNC ||
      PQexitPipelineMode(connection.get()) != 1) {
    broken = true;
  }
  RETURN_IF_ERROR(failure);
  return answer;
}

Connection::Connection(std::unique_ptr<State> state) : state_(std::move(state)) {}

Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const std::string& connection_string,
                                                             Watchdog& watchdog) {
  OwnedConnection connection(PQconnectdb(connection_string.c_str()));
  if (PQstatus(connection.get()) != CONNECTION_OK) {
    return StatusFromSqlState("connecting to PostgreSQL", "", PQerrorMessage(connection.get()));
  }
  PQsetNoticeProcessor(connection.get(), IgnoreNotice, nullptr);
  const int socket = ::fcntl(PQsocket(connection.get()), F_DUPFD_CLOEXEC, 0);
  if (socket < 0) {
    return absl::UnavailableError(
        "connecting to PostgreSQL: out of file descriptors: raise the open files limit (ulimit "
        "-n)");
  }
  return std::unique_ptr<Connection>(
      new Connection(std::make_unique<State>(std::move(connection), socket, watchdog)));
}

absl::Status Connection::Begin() {
  state_->answered = false;
  return state_->SendPlain("BEGIN");
}

absl::Status Connection::BeginReadOnly() {
  state_->answered = false;
  return state_->SendPlain("BEGIN READ ONLY");
}

absl::Status Connection::Queue(const Statement& statement, const Params& params, RowsCheck check) {
  RETURN_IF_ERROR(state_->Send(statement, params));
  state_->pipeline.back().check = std::move(check);
  return absl::OkStatus();
}

absl::Status Connection::QueueExactly(const Statement& statement, const Params& params, size_t rows,
                                      absl::Status otherwise) {
  RETURN_IF_ERROR(state_->Send(statement, params, fmt::format("{}", rows)));
  state_->pipeline.back().otherwise = std::move(otherwise);
  return absl::OkStatus();
}

absl::StatusOr<Rows> Connection::Execute(const Statement& statement, const Params& params) {
  RETURN_IF_ERROR(state_->Send(statement, params));
  return state_->Synchronize();
}

absl::Status Connection::Commit() {
  for (const State::Sent& sent : state_->pipeline) {
    if (sent.check) {
      // What it finds must be known before COMMIT may travel.
      RETURN_IF_ERROR(state_->Synchronize().status());
      break;
    }
  }
  RETURN_IF_ERROR(state_->SendPlain("COMMIT"));
  const absl::StatusOr<Rows> answer = state_->Synchronize();
  const bool was_refused = !state_->lost && answer.status().code() != absl::StatusCode::kUnknown;
  if (answer.ok() || was_refused) {
    return answer.status();
  }
  return absl::UnknownError(
      fmt::format("connection lost during COMMIT, it may have been committed: read by key before "
                  "trying again ({})",
                  Message(answer.status())));
}

void Connection::Rollback() {
  if (!state_->pipeline.empty()) {
    for (State::Sent& sent : state_->pipeline) {
      sent.check = nullptr;  // what it refers to may be gone
    }
    state_->Synchronize().status().IgnoreError();  // cannot be unsent; it is undone below
  }
  if (usable() && PQtransactionStatus(state_->connection.get()) != PQTRANS_IDLE) {
    if (!Run("ROLLBACK", "ROLLBACK").ok()) {
      state_->broken = true;
    }
  }
}

absl::Status Connection::Run(const std::string& sql, const std::string& tried) {
  const Watchdog::Guard guard(state_->watchdog, state_->socket);
  const OwnedResult result(PQexec(state_->connection.get(), sql.c_str()));
  return state_->Fail(StatusOf(result.get(), tried));
}

bool Connection::usable() const { return !state_->broken && state_->IsConnected(); }

bool Connection::has_answered() const { return state_->answered; }

bool Connection::IsQuiet() const {
  char byte = 0;
  return ::recv(state_->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 &&
         (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace orderflow::postgres
