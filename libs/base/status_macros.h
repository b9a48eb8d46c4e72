#pragma once

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace orderflow {

// The message as std::string: Debian's abseil has a string_view type of its own.
inline std::string Message(const absl::Status& status) {
  return std::string(status.message().data(), status.message().size());
}

}  // namespace orderflow

// Returns from the calling function when `expression` is not OK.
#define RETURN_IF_ERROR(expression)                                                \
  do {                                                                             \
    if (absl::Status ORDERFLOW_CONCAT(orderflow_status_, __LINE__) = (expression); \
        !ORDERFLOW_CONCAT(orderflow_status_, __LINE__).ok()) {                     \
      return ORDERFLOW_CONCAT(orderflow_status_, __LINE__);                        \
    }                                                                              \
  } while (false)

#define ORDERFLOW_CONCAT_INNER(a, b) a##b
#define ORDERFLOW_CONCAT(a, b) ORDERFLOW_CONCAT_INNER(a, b)

// ASSIGN_OR_RETURN(auto order, repository.Find(id)): assigns the value, or returns the error.
#define ASSIGN_OR_RETURN(target, expression) \
  ASSIGN_OR_RETURN_INNER(ORDERFLOW_CONCAT(orderflow_statusor_, __LINE__), target, expression)
#define ASSIGN_OR_RETURN_INNER(statusor, target, expression) \
  auto statusor = (expression);                              \
  if (!statusor.ok()) {                                      \
    return statusor.status();                                \
  }                                                          \
  target = std::move(statusor).value()
