#include "libs/rpc/caller.h"

#include <utility>

#include "libs/base/errors.h"
#include "libs/base/status_macros.h"

namespace orderflow::rpc {

absl::Status RefuseCustomers(const Caller& caller) {
  return caller.kind == Caller::Kind::kCustomer
             ? TypedError(absl::StatusCode::kPermissionDenied,
                          "this method is not for customers: it takes the scope of an operator",
                          "NOT_FOR_CUSTOMERS")
             : absl::OkStatus();
}

CallHandler NotForCustomers(std::function<absl::Status()> handler) {
  return NotForCustomers(
      CallHandler([handler = std::move(handler)](const Caller&) { return handler(); }));
}

CallHandler NotForCustomers(CallHandler handler) {
  return [handler = std::move(handler)](const Caller& caller) -> absl::Status {
    RETURN_IF_ERROR(RefuseCustomers(caller));
    return handler(caller);
  };
}

}  // namespace orderflow::rpc
