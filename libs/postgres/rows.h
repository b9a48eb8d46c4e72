#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace orderflow::postgres {

class Rows;

// One row of a result; valid as long as its Rows. Columns count from 0 in the order of the SELECT.
// A type that does not fit aborts (our own SQL is wrong), NULL reads as empty, 0 or false.
class Row {
 public:
  bool IsNull(int column) const;
  std::string_view Text(int column) const;
  std::string String(int column) const { return std::string(Text(column)); }
  int64_t Int(int column) const;
  bool Bool(int column) const;
  double Double(int column) const;
  std::string Bytes(int column) const;  // bytea
  Timestamp Time(int column) const;     // timestamptz (session time zone is UTC)
  std::optional<Timestamp> OptionalTime(int column) const;

 private:
  friend class Rows;
  Row(const Rows& rows, int index) : rows_(rows), index_(index) {}
  const Rows& rows_;
  int index_;
};

// The result of one statement. Cheap to move.
class Rows {
 public:
  // Wraps a result of libpq (declared in rows_result.h, so that libpq stays out of this header).
  struct Result;
  explicit Rows(std::shared_ptr<const Result> result);

  int size() const;
  bool empty() const { return size() == 0; }
  Row operator[](int index) const { return Row(*this, index); }
  // Rows that an INSERT, UPDATE or DELETE touched.
  int64_t affected() const;

  class Iterator {
   public:
    Iterator(const Rows& rows, int index) : rows_(&rows), index_(index) {}
    Row operator*() const { return (*rows_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return index_ != other.index_; }

   private:
    const Rows* rows_;
    int index_;
  };
  Iterator begin() const { return {*this, 0}; }
  Iterator end() const { return {*this, size()}; }

 private:
  friend class Row;
  std::shared_ptr<const Result> result_;
};

// Looks at the result of a queued statement; its error fails the transaction. Called by the call
// that carries the statement or not at all: it may refer to what lives until then.
using RowsCheck = std::function<absl::Status(const Rows&)>;

}  // namespace orderflow::postgres
