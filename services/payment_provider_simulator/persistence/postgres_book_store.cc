#include "services/payment_provider_simulator/persistence/postgres_book_store.h"

#include <cstdint>
#include <map>
#include <string_view>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"

namespace orderflow::payment_provider_simulator {
namespace {

constexpr char kSucceeded[] = "SUCCEEDED";
constexpr char kDeclined[] = "DECLINED";

#define SIMULATOR_OPERATION_COLUMNS                                                         \
  "reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code, " \
  "currency_code, amount_minor, create_time"

constexpr postgres::Statement kLoadOperations{
    "books_load_operations", "SELECT " SIMULATOR_OPERATION_COLUMNS
                             " FROM operations WHERE idempotency_key = ANY($1::text[]) LIMIT $2"};

constexpr postgres::Statement kLoadHolds{
    "books_load_holds",
    "SELECT reference, payment_reference, hold_state, currency_code, amount_minor,"
    " payment_method_token FROM operations"
    " WHERE payment_reference = ANY($1::text[]) AND hold_state IS NOT NULL"
    " ORDER BY reference LIMIT $2"};

constexpr postgres::Statement kInsertOperations{
    "books_insert_operations",
    "INSERT INTO operations (" SIMULATOR_OPERATION_COLUMNS
    ", hold_state, payment_method_token)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::bigint[], $10::timestamptz[], $11::text[], $12::text[])"
    " ON CONFLICT (idempotency_key) DO NOTHING"};

constexpr postgres::Statement kUpdateHolds{
    "books_update_holds",
    "UPDATE operations o SET hold_state = n.after FROM unnest($1::uuid[], $2::text[], $3::text[])"
    " AS n(reference, before, after)"
    " WHERE o.reference = n.reference AND o.hold_state = n.before"};

constexpr postgres::Statement kFind{"books_find",
                                    "SELECT " SIMULATOR_OPERATION_COLUMNS
                                    " FROM operations WHERE idempotency_key = $1 LIMIT 1"};

constexpr postgres::Statement kList{"books_list", "SELECT " SIMULATOR_OPERATION_COLUMNS
                                                  " FROM operations WHERE reference > $1::uuid"
                                                  " ORDER BY reference LIMIT $2"};

// Found by their payments first: planned together with the page, a table that was empty when the
// plan was made would be read from the page's start.
constexpr postgres::Statement kListOfPayments{
    "books_list_of_payments",
    "WITH of_payments AS MATERIALIZED (SELECT " SIMULATOR_OPERATION_COLUMNS
    " FROM operations WHERE payment_reference = ANY($3::text[]))"
    " SELECT " SIMULATOR_OPERATION_COLUMNS
    " FROM of_payments WHERE reference > $1::uuid ORDER BY reference LIMIT $2"};

absl::StatusOr<Operation> ReadOperation(const postgres::Row& row) {
  const auto kind = ParseOperationKind(row.Text(4));
  if (!kind.has_value()) {
    return absl::InternalError(
        fmt::format("operation {} has the unknown kind '{}': written by a newer binary?",
                    row.Text(0), row.Text(4)));
  }
  Operation operation;
  operation.reference = row.String(0);
  operation.idempotency_key = row.String(1);
  operation.body_hash = row.String(2);
  operation.payment_reference = row.String(3);
  operation.kind = *kind;
  operation.succeeded = row.Text(5) == kSucceeded;
  operation.decline_code = row.String(6);
  operation.amount = Money{row.String(7), row.Int(8)};
  operation.create_time = row.Time(9);
  return operation;
}

absl::StatusOr<std::vector<Operation>> ReadOperations(const postgres::Rows& rows) {
  std::vector<Operation> operations;
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(Operation operation, ReadOperation(row));
    operations.push_back(std::move(operation));
  }
  return operations;
}

absl::StatusOr<Books::Holds> ReadHolds(const postgres::Rows& rows) {
  Books::Holds holds;
  for (const postgres::Row row : rows) {
    const auto state = ParseHoldState(row.Text(2));
    if (!state.has_value()) {
      return absl::InternalError(
          fmt::format("hold '{}' has the unknown state '{}'", row.Text(0), row.Text(2)));
    }
    holds[row.String(1)].push_back(
        {row.String(0), row.String(1), *state, Money{row.String(3), row.Int(4)}, row.String(5)});
  }
  return holds;
}

absl::StatusOr<Books> Load(postgres::Transaction& transaction,
                           std::span<const MerchantCall> calls) {
  std::vector<std::string> keys;
  std::vector<std::string> references;
  for (const MerchantCall& call : calls) {
    keys.push_back(call.idempotency_key);
    references.push_back(call.payment_reference);
  }
  const auto limit = static_cast<int64_t>(calls.size());
  std::vector<Operation> read;
  RETURN_IF_ERROR(transaction.Queue(kLoadOperations, postgres::Params().TextArray(keys).Int(limit),
                                    [&read](const postgres::Rows& rows) -> absl::Status {
                                      ASSIGN_OR_RETURN(read, ReadOperations(rows));
                                      return absl::OkStatus();
                                    }));
  const int64_t holds_max = limit * static_cast<int64_t>(kHoldsPerPaymentMax);
  ASSIGN_OR_RETURN(
      const postgres::Rows hold_rows,
      transaction.Execute(kLoadHolds, postgres::Params().TextArray(references).Int(holds_max)));
  Books::Operations operations;
  for (const Operation& operation : read) {
    operations.emplace(operation.idempotency_key, operation);
  }
  ASSIGN_OR_RETURN(Books::Holds holds, ReadHolds(hold_rows));
  return Books(std::move(operations), std::move(holds));
}

// Each with its hold, when it is an authorization that has made one.
absl::Status InsertOperations(postgres::Transaction& transaction, const Books::Changes& changes) {
  if (changes.operations.empty()) {
    return absl::OkStatus();
  }
  std::map<std::string_view, const Hold*> holds;
  for (const Hold& hold : changes.new_holds) {
    holds.emplace(hold.reference, &hold);
  }
  std::vector<std::string> references, keys, hashes, payments, kinds, outcomes, decline_codes,
      currencies, hold_states, tokens;
  std::vector<int64_t> amounts;
  std::vector<Timestamp> create_times;
  for (const Operation& operation : changes.operations) {
    references.push_back(operation.reference);
    keys.push_back(operation.idempotency_key);
    hashes.push_back(operation.body_hash);
    payments.push_back(operation.payment_reference);
    kinds.push_back(ToString(operation.kind));
    outcomes.push_back(operation.succeeded ? kSucceeded : kDeclined);
    decline_codes.push_back(operation.decline_code);
    currencies.push_back(operation.amount.currency_code);
    amounts.push_back(operation.amount.amount_minor);
    create_times.push_back(operation.create_time);
    const auto hold = holds.find(operation.reference);
    hold_states.push_back(hold == holds.end() ? "" : ToString(hold->second->state));
    tokens.push_back(hold == holds.end() ? "" : hold->second->payment_method_token);
  }
  postgres::Params params;
  params.UuidArray(references)
      .TextArray(keys)
      .TextArray(hashes)
      .TextArray(payments)
      .TextArray(kinds);
  params.TextArray(outcomes).TextArray(decline_codes).TextArray(currencies).IntArray(amounts);
  params.TimeArray(create_times).TextOrNullArray(hold_states).TextOrNullArray(tokens);
  return transaction.QueueExactly(kInsertOperations, params, changes.operations.size());
}

absl::Status UpdateHolds(postgres::Transaction& transaction,
                         const std::vector<Books::Changes::HoldChange>& changes) {
  if (changes.empty()) {
    return absl::OkStatus();
  }
  std::vector<std::string> references, before, after;
  for (const auto& change : changes) {
    references.push_back(change.after.reference);
    before.push_back(ToString(change.before));
    after.push_back(ToString(change.after.state));
  }
  return transaction.QueueExactly(
      kUpdateHolds, postgres::Params().UuidArray(references).TextArray(before).TextArray(after),
      changes.size());
}

}  // namespace

absl::Status PostgresBookStore::Update(std::span<const MerchantCall> calls,
                                       const std::function<void(Books&)>& decide) {
  return pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(Books books, Load(transaction, calls));
    decide(books);
    const Books::Changes changes = books.TakeChanges();
    RETURN_IF_ERROR(InsertOperations(transaction, changes));
    return UpdateHolds(transaction, changes.changed_holds);
  });
}

absl::StatusOr<Operation> PostgresBookStore::Find(const std::string& idempotency_key) {
  std::vector<Operation> found;
  const absl::Status status =
      pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const postgres::Rows rows,
                         transaction.Execute(kFind, postgres::Params().Text(idempotency_key)));
        ASSIGN_OR_RETURN(found, ReadOperations(rows));
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  if (found.empty()) {
    return TypedError(absl::StatusCode::kNotFound,
                      fmt::format("no operation was booked under the key '{}'", idempotency_key),
                      "OPERATION_NOT_FOUND");
  }
  return std::move(found.front());
}

absl::StatusOr<std::vector<Operation>> PostgresBookStore::List(const OperationFilter& filter) {
  std::vector<Operation> operations;
  const absl::Status status =
      pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Text(postgres::AfterOrFirst(filter.after_reference)).Int(filter.limit);
        if (!filter.payment_references.empty()) {
          params.TextArray(filter.payment_references);
        }
        ASSIGN_OR_RETURN(const postgres::Rows rows,
                         transaction.Execute(
                             filter.payment_references.empty() ? kList : kListOfPayments, params));
        ASSIGN_OR_RETURN(operations, ReadOperations(rows));
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return operations;
}

}  // namespace orderflow::payment_provider_simulator
