#include "services/payment/persistence/postgres_payment_books.h"

#include <cstdint>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"

namespace orderflow::payment {
namespace {

constexpr int kTransfersPerOrder = 2;  // a capture and a refund

constexpr postgres::Statement kListOrders{
    "payment_books_orders",
    "SELECT order_id FROM payments WHERE order_id > $1::uuid ORDER BY order_id LIMIT $2"};

constexpr postgres::Statement kWithoutPayment{
    "payment_books_without_payment",
    "SELECT n.order_id FROM unnest($1::uuid[]) AS n(order_id)"
    " WHERE NOT EXISTS (SELECT FROM payments p WHERE p.order_id = n.order_id) LIMIT $2"};

constexpr postgres::Statement kTransfers{
    "payment_books_transfers",
    "SELECT order_id, kind, debit_account, credit_account, currency_code, amount_minor"
    " FROM ledger_transfers WHERE order_id = ANY($1::uuid[]) LIMIT $2"};

std::vector<std::string> TextOf(std::span<const OrderId> order_ids) {
  std::vector<std::string> ids;
  ids.reserve(order_ids.size());
  for (const OrderId& order_id : order_ids) {
    ids.push_back(order_id.value());
  }
  return ids;
}

std::vector<OrderId> ReadOrders(const postgres::Rows& rows) {
  std::vector<OrderId> order_ids;
  for (const postgres::Row row : rows) {
    order_ids.emplace_back(row.String(0));
  }
  return order_ids;
}

absl::StatusOr<LedgerTransfer> ReadTransfer(const postgres::Row& row) {
  const auto kind = ParseOperationKind(row.Text(1));
  if (!kind.has_value()) {
    return absl::InternalError(
        fmt::format("a ledger transfer of order {} has the unknown kind '{}': written by a newer "
                    "binary?",
                    row.Text(0), row.Text(1)));
  }
  return LedgerTransfer{OrderId(row.String(0)), *kind, row.String(2), row.String(3),
                        Money{row.String(4), row.Int(5)}};
}

}  // namespace

absl::StatusOr<std::vector<OrderId>> PostgresPaymentBooks::ListOrders(const OrderId& after,
                                                                      size_t limit) {
  std::vector<OrderId> order_ids;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Text(postgres::AfterOrFirst(after.value())).Int(static_cast<int64_t>(limit));
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kListOrders, params));
        order_ids = ReadOrders(rows);
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return order_ids;
}

absl::StatusOr<std::vector<OrderId>> PostgresPaymentBooks::WithoutPayment(
    std::span<const OrderId> order_ids) {
  std::vector<OrderId> without;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.UuidArray(TextOf(order_ids)).Int(static_cast<int64_t>(order_ids.size()));
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kWithoutPayment, params));
        without = ReadOrders(rows);
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return without;
}

absl::StatusOr<OurBooks> PostgresPaymentBooks::Load(std::span<const OrderId> order_ids) {
  OurBooks books;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        books = {};
        ASSIGN_OR_RETURN(books.payments, store_.Load(transaction, order_ids));
        postgres::Params params;
        params.UuidArray(TextOf(order_ids));
        params.Int(static_cast<int64_t>(order_ids.size()) * kTransfersPerOrder);
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kTransfers, params));
        for (const postgres::Row row : rows) {
          ASSIGN_OR_RETURN(LedgerTransfer transfer, ReadTransfer(row));
          books.transfers[transfer.order_id].push_back(std::move(transfer));
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return books;
}

}  // namespace orderflow::payment
