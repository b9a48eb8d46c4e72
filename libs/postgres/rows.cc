#include "libs/postgres/rows.h"

#include <utility>

#include "libs/base/invariant.h"
#include "libs/postgres/rows_result.h"
#include "libs/postgres/text_decoding.h"

namespace orderflow::postgres {
namespace {

// The field's text, or nothing for NULL.
std::optional<std::string_view> Field(const Rows::Result& rows, int index, int column) {
  const pqxx::result& result = rows.result;
  INVARIANT(index >= 0 && index < static_cast<int>(result.size()), "row index beyond the result");
  INVARIANT(column >= 0 && column < static_cast<int>(result.columns()),
            "column beyond the SELECT list");
  const auto field = result[static_cast<pqxx::result::size_type>(index)]
                           [static_cast<pqxx::row::size_type>(column)];
  if (field.is_null()) {
    return std::nullopt;
  }
  return std::string_view(field.c_str(), field.size());
}

}  // namespace

Rows::Rows(std::shared_ptr<const Result> result) : result_(std::move(result)) {}

int Rows::size() const { return static_cast<int>(result_->result.size()); }

int64_t Rows::affected() const { return static_cast<int64_t>(result_->result.affected_rows()); }

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
