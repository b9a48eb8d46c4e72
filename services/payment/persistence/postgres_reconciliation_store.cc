#include "services/payment/persistence/postgres_reconciliation_store.h"

#include <chrono>
#include <cstdint>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"

namespace orderflow::payment {
namespace {

constexpr int64_t kOpenCountMax = 100'000;  // rows; a gauge need not count further

constexpr postgres::Statement kNow{"reconciliation_now", "SELECT clock_timestamp()"};

constexpr postgres::Statement kRecord{
    "reconciliation_record",
    "INSERT INTO reconciliation_findings AS f"
    " (finding_id, payment_reference, class, kind, provider_reference, reason)"
    " SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[])"
    " ON CONFLICT (payment_reference, class, kind, provider_reference) WHERE close_time IS NULL"
    // A transaction that began earlier may come later.
    " DO UPDATE SET last_seen_time = greatest(f.last_seen_time, EXCLUDED.last_seen_time),"
    " reason = EXCLUDED.reason"};

constexpr postgres::Statement kCloseUnseen{
    "reconciliation_close_unseen",
    "UPDATE reconciliation_findings SET close_time = clock_timestamp()"
    " WHERE close_time IS NULL AND last_seen_time < $1::timestamptz"};

constexpr postgres::Statement kClaim{
    "reconciliation_claim",
    "UPDATE reconciliation_progress SET epoch = epoch + 1,"
    " lease_until = clock_timestamp() + $2::bigint * INTERVAL '1 microsecond'"
    " WHERE lease_until <= now() AND (cursor <> '' OR last_complete_time IS NULL"
    " OR last_complete_time + $1::bigint * INTERVAL '1 microsecond' <= now())"
    " RETURNING epoch, cursor"};

// A complete run gives its lease up.
constexpr postgres::Statement kAdvance{
    "reconciliation_advance",
    "UPDATE reconciliation_progress SET cursor = $2,"
    " lease_until = CASE WHEN $2 = '' THEN now()"
    " ELSE clock_timestamp() + $3::bigint * INTERVAL '1 microsecond' END,"
    " last_complete_time = CASE WHEN $2 = '' THEN now() ELSE last_complete_time END"
    " WHERE epoch = $1"};

constexpr postgres::Statement kMeasure{
    "reconciliation_measure",
    "SELECT (SELECT count(*) FROM (SELECT FROM reconciliation_findings WHERE close_time IS NULL"
    " LIMIT $1) AS open),"
    " EXTRACT(EPOCH FROM now() - last_complete_time)::float8 FROM reconciliation_progress LIMIT 1"};

constexpr postgres::Statement kList{
    "reconciliation_list",
    "SELECT finding_id, payment_reference, class, kind, provider_reference, reason,"
    " first_seen_time, last_seen_time, close_time FROM reconciliation_findings"
    " WHERE finding_id < $1::uuid AND ($2::text IS NULL OR class = $2)"
    " AND ($3::bigint = 1 OR close_time IS NULL) ORDER BY finding_id DESC LIMIT $4"};

absl::StatusOr<Finding> ReadFinding(const postgres::Row& row) {
  const auto difference = ParseDifferenceClass(row.Text(2));
  const auto kind = ParseOperationKind(row.Text(3));
  if (!difference.has_value() || !kind.has_value()) {
    return absl::InternalError(
        fmt::format("finding {} has the unknown class '{}' or kind '{}': written by a newer "
                    "binary?",
                    row.Text(0), row.Text(2), row.Text(3)));
  }
  Finding finding;
  finding.finding_id = row.String(0);
  finding.difference.payment_reference = row.String(1);
  finding.difference.difference = *difference;
  finding.difference.kind = *kind;
  finding.provider_reference = row.String(4);
  finding.difference.reason = row.String(5);
  finding.first_seen_time = row.Time(6);
  finding.last_seen_time = row.Time(7);
  finding.close_time = row.OptionalTime(8);
  return finding;
}

}  // namespace

absl::StatusOr<Timestamp> PostgresReconciliationStore::Now() {
  Timestamp now;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kNow));
        now = rows[0].Time(0);
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return now;
}

absl::Status PostgresReconciliationStore::Record(postgres::Transaction& transaction,
                                                 std::span<const Finding> findings) {
  if (findings.empty()) {
    return absl::OkStatus();
  }
  std::vector<std::string> ids, payments, classes, kinds, references, reasons;
  for (const Finding& finding : findings) {
    ids.push_back(finding.finding_id);
    payments.push_back(finding.difference.payment_reference);
    classes.push_back(ToString(finding.difference.difference));
    kinds.push_back(ToString(finding.difference.kind));
    references.push_back(finding.provider_reference);
    reasons.push_back(finding.difference.reason);
  }
  postgres::Params params;
  params.UuidArray(ids).TextArray(payments).TextArray(classes).TextArray(kinds);
  params.TextArray(references).TextArray(reasons);
  return transaction.Queue(kRecord, params);
}

absl::Status PostgresReconciliationStore::CloseUnseen(postgres::Transaction& transaction,
                                                      Timestamp start) {
  return transaction.Queue(kCloseUnseen, postgres::Params().Text(postgres::FormatTimestamp(start)));
}

absl::StatusOr<std::optional<RunLease>> PostgresReconciliationStore::Claim(Duration interval,
                                                                           Duration lease) {
  std::optional<RunLease> claimed;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Int(interval.count()).Int(lease.count());
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kClaim, params));
        claimed.reset();
        if (!rows.empty()) {
          claimed = RunLease{rows[0].Int(0), rows[0].String(1)};
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return claimed;
}

absl::Status PostgresReconciliationStore::Advance(postgres::Transaction& transaction,
                                                  const RunLease& held, const std::string& cursor,
                                                  Duration lease) {
  postgres::Params params;
  params.Int(held.epoch).Text(cursor).Int(lease.count());
  return transaction.QueueExactly(
      kAdvance, params, 1,
      absl::FailedPreconditionError(
          fmt::format("another payment-service has taken the reconciliation run over; epoch {} has "
                      "ended",
                      held.epoch)));
}

absl::StatusOr<ReconciliationFigures> PostgresReconciliationStore::Measure() {
  ReconciliationFigures figures;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        ASSIGN_OR_RETURN(const postgres::Rows rows,
                         transaction.Execute(kMeasure, postgres::Params().Int(kOpenCountMax)));
        figures = {};
        figures.open_findings = rows[0].Int(0);
        if (!rows[0].IsNull(1)) {
          figures.last_complete_age = std::chrono::duration_cast<Duration>(
              std::chrono::duration<double>(rows[0].Double(1)));
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return figures;
}

absl::StatusOr<std::vector<Finding>> PostgresReconciliationStore::List(
    const FindingFilter& filter) {
  std::vector<Finding> findings;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Text(postgres::BeforeOrLast(filter.before));
        params.TextOrNull(filter.difference.has_value() ? ToString(*filter.difference) : "");
        params.Int(filter.with_closed ? 1 : 0).Int(filter.limit);
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kList, params));
        findings.clear();
        for (const postgres::Row row : rows) {
          ASSIGN_OR_RETURN(Finding finding, ReadFinding(row));
          findings.push_back(std::move(finding));
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return findings;
}

}  // namespace orderflow::payment
