#include "libs/postgres/rows.h"

#include <cstdlib>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/postgres/rows_result.h"
#include "libs/postgres/text_decoding.h"

namespace orderflow::postgres {
namespace {

// The field's text, or nothing for NULL.
std::optional<std::string_view> Field(const Rows::Result& rows, int index, int column) {
  const PGresult* result = rows.result.get();
  INVARIANT(index >= 0 && index < PQntuples(result), "row index beyond the result");
  INVARIANT(column >= 0 && column < PQnfields(result), "column beyond the SELECT list");
  if (PQgetisnull(result, index, column) == 1) {
    return std::nullopt;
  }
  return std::string_view(PQgetvalue(result, index, column),
                          static_cast<size_t>(PQgetlength(result, index, column)));
}

}  // namespace

Rows::Rows(std::shared_ptr<const Result> result) : result_(std::move(result)) {}

int Rows::size() const { return PQntuples(result_->result.get()); }

int64_t Rows::affected() const {
  // libpq gives the count as text, empty for a statement without one.
  return std::atoll(PQcmdTuples(result_->result.get()));
}

bool Row::IsNull(int column) const { return !Field(*rows_.result_, index_, column).has_value(); }

std::string_view Row::Text(int column) const {
  return Field(*rows_.result_, index_, column).value_or(std::string_view());
}

int64_t Row::Int(int column) const {
  const auto text = Field(*rows_.result_, index_, column);
  return text ? ParseInt(*text) : 0;
}

bool Row::Bool(int column) const {
  const auto text = Field(*rows_.result_, index_, column);
  return text && ParseBool(*text);
}

double Row::Double(int column) const {
  const auto text = Field(*rows_.result_, index_, column);
  return text ? ParseDouble(*text) : 0;
}

std::string Row::Bytes(int column) const {
  const auto text = Field(*rows_.result_, index_, column);
  return text ? ParseBytes(*text) : std::string();
}

Timestamp Row::Time(int column) const { return OptionalTime(column).value_or(Timestamp()); }

std::optional<Timestamp> Row::OptionalTime(int column) const {
  const auto text = Field(*rows_.result_, index_, column);
  return text ? std::optional(ParseTimestamp(*text)) : std::nullopt;
}

}  // namespace orderflow::postgres
